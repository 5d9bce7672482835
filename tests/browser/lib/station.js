// A real station for one test: its own data folder, its own ports, and what it printed on its console.
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { undo } from './undo.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const program = join(target, 'debug', 'countersign-station');
/** A program of this workspace, by its name. */
export const built = (name) => join(target, 'debug', name);
/** What anybody can hold a log or a case against. */
export const verifier = join(target, 'debug', 'countersign-verify');

export const PASSWORD = 'correct horse battery';
export const NAME = 'Marta Lindqvist';

/** Starts a station on a folder of its own and removes both when the test ends. */
export async function station(t, options = {}) {
  if (!existsSync(program))
    throw new Error(`${program} is missing: build the workspace first, or run scripts/test.sh.`);
  const folder = mkdtempSync(join(tmpdir(), 'countersign-browser-'));
  const running = new Station(folder, options);
  undo(t, async () => {
    await running.kill();
    for (const one of [folder, `${folder}-house`]) rmSync(one, { recursive: true, force: true });
  });
  await running.start();
  return running;
}

/** A table of TOML, with its tables of words below it. */
function table(name, values) {
  const of = (inner) => Object.entries(values).filter(([, value]) => (value.constructor === Object) === inner);
  const lines = of(false).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  return [`[${name}]\n`, ...lines, ...of(true).map(([key, value]) => table(`${name}.${key}`, value))].join('');
}

class Station {
  #folder;
  #child = null;
  #ports = { chat: '127.0.0.1:0', desk: '127.0.0.1:0' };
  #customers;
  #embed;
  #looks;
  #servers;
  #gateway;
  #more;
  #assets = join(root, 'assets');
  bearer = null;

  /**
   * `customers`: whether simulated customers come, as they do to whoever tries the sample shop; `embed`: the origins of sites
   * that may show the chat; `looks`: whether the house asks for a look at every card, as it is shipped, or for how many
   * milliseconds; `servers`: further tool servers by name, each a program of the workspace or what the file of servers says of
   * one; `rules`: what this house decides besides, in Cedar; `holds`: for how many seconds its CRM's actions are held at most; `gateway`: whether agents of others may call;
   * `more`: what else is said on its command line.
   */
  constructor(
    folder,
    {
      customers = false,
      embed = [],
      looks = false,
      servers = {},
      rules = null,
      holds = null,
      gateway = false,
      more = [],
    } = {},
  ) {
    this.#folder = folder;
    this.#customers = customers;
    this.#embed = embed;
    this.#looks = looks;
    this.#servers = servers;
    this.#gateway = gateway;
    this.#more = more;
    if (rules === null && holds === null && typeof looks !== 'number') return;
    const assets = join(`${folder}-house`, 'assets');
    cpSync(this.#assets, assets, { recursive: true });
    // A station finds its pages beside its assets.
    symlinkSync(join(root, 'ui'), join(`${folder}-house`, 'ui'));
    if (rules !== null) writeFileSync(join(assets, 'policies', 'house.cedar'), rules);
    if (holds !== null) {
      const tools = join(assets, 'tools', 'crm.toml');
      const text = readFileSync(tools, 'utf8');
      writeFileSync(tools, text.replaceAll(/hold_seconds = \d+/g, `hold_seconds = ${holds}`));
    }
    if (typeof looks === 'number') {
      const file = join(assets, 'approvals', 'looks.toml');
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/ = \d+$/gm, ` = ${looks}`));
    }
    this.#assets = assets;
  }

  /** Starts it; a second start takes the same folder and the same ports. */
  async start() {
    const args = ['--sample-shop', '--data', this.#folder, '--assets', this.#assets];
    args.push('--chat', this.#ports.chat, '--desk', this.#ports.desk);
    if (!this.#looks) args.push('--looks', join(root, 'tests', 'scene', 'looks.toml'));
    if (!this.#customers) args.push('--no-customers');
    const named = Object.entries(this.#servers);
    if (named.length > 0) {
      const file = join(this.#folder, 'servers.toml');
      const said = (one) => (typeof one === 'string' ? { command: join(target, 'debug', one) } : one);
      writeFileSync(file, named.map(([name, one]) => table(name, said(one))).join('\n'));
      args.push('--servers', file);
    }
    if (this.#gateway) args.push('--gateway', '127.0.0.1:0');
    for (const site of this.#embed) args.push('--embed', site);
    args.push(...this.#more);
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, RUST_LOG: 'warn' },
    });
    this.#child = child;
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (complaints = (complaints + text).slice(-4000)));
    const printed = {};
    for await (const line of createInterface({ input: child.stdout })) {
      const [, name, address] = /^(Customers|Desk|Gateway): (\S+)$/.exec(line) ?? [];
      if (name !== undefined) printed[name] = new URL(address);
      if (printed.Customers && printed.Desk && (printed.Gateway || !this.#gateway)) break;
    }
    if (!printed.Desk) throw new Error(`The station did not start:\n${complaints}`);
    this.chat = printed.Customers;
    this.gateway = printed.Gateway?.href ?? null;
    this.desk = printed.Desk.origin;
    this.token = new URLSearchParams(printed.Desk.hash.slice(1)).get('token');
    this.#ports = { chat: printed.Customers.host, desk: printed.Desk.host };
  }

  /** Ends the process as a power cut would, and resolves once it is gone. */
  async kill() {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** What the shop's own site would sign this customer in with. */
  async customerToken(subject, name) {
    const args = ['customer-token', '--data', this.#folder, '--subject', subject, '--name', name];
    const { stdout } = await promisify(execFile)(program, args);
    return stdout.trim();
  }

  /** One request of the desk's wire. Resolves to the status, the headers and the JSON (null if it is none). */
  async ask(path, body, headers = {}) {
    const known = this.bearer === null ? {} : { authorization: `Bearer ${this.bearer}` };
    const answer = await fetch(`${this.desk}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.desk, ...known, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const json = await answer.json().catch(() => null);
    return { status: answer.status, headers: answer.headers, json };
  }

  /** Sets the station up without a browser, for tests of what comes after; keeps the bearer token. */
  async setUp() {
    const command = { command: 'set_up', name: NAME, password: PASSWORD, token: this.token };
    const answer = await this.ask('command', { command });
    if (answer.status !== 200) throw new Error(`set-up: ${answer.status} ${JSON.stringify(answer.json)}`);
    this.bearer = answer.headers.get('countersign-session');
    return this;
  }

  /** Where its data lie. */
  get folder() {
    return this.#folder;
  }

  /** Signs the first person in again, after a start. */
  async signIn() {
    this.bearer = null;
    const { people } = await this.query({ query: 'session' });
    const person = people.find((one) => one.name === NAME).id;
    const answer = await this.ask('command', { command: { command: 'sign_in', person, password: PASSWORD } });
    if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${JSON.stringify(answer.json)}`);
    this.bearer = answer.headers.get('countersign-session');
  }

  /** The answer to a query, asked with the session that `setUp` began. */
  async query(query) {
    return (await this.ask('query', { query })).json;
  }

  /** The queue once it is as wanted: it follows the log, and a customer may hear of something before a list has it. */
  async approvals(wanted) {
    const until = Date.now() + 30_000;
    for (;;) {
      const shown = await this.query({ query: 'approvals' });
      if (wanted(shown)) return shown;
      if (Date.now() > until) throw new Error(`the queue is not as wanted: ${JSON.stringify(shown)}`);
    }
  }
}
