/** A tool server that is about to be added, as it is typed: what is wrong stands beside its field, and what was tried is old with
 * the next key. */
import type { NewServer, ServerTried } from '../generated/wire';
import { ask, type Host, problemOf } from '../host/host';

export type Variable = { name: string; value: string; secret: boolean };
export type Wrong = 'name' | 'taken' | 'command' | 'folder' | 'variable' | 'url' | 'header';

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const HEADER = /^[a-z0-9-]{1,64}$/;
const HERE = /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])([:/?]|$)/;
const isWhole = (path: string): boolean => path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path);

export class ServerDraft {
  name = $state('');
  by = $state<'program' | 'address'>('program');
  command = $state('');
  /** One a line, as they are passed on: nothing is cut or quoted. */
  words = $state('');
  folder = $state('');
  variables = $state<Variable[]>([]);
  url = $state('');
  header = $state('authorization');
  token = $state('');
  tried = $state.raw<ServerTried | null>(null);
  trying = $state(false);
  readonly #taken: () => string[];
  #triedOf = $state('');

  constructor(taken: () => string[]) {
    this.#taken = taken;
  }

  get server(): NewServer {
    const name = this.name.trim();
    if (this.by === 'address') {
      const secrets =
        this.token.trim() === '' ? [] : [{ name: this.header.trim().toLowerCase(), value: this.token.trim() }];
      return { name, reach: { by: 'address', url: this.url.trim() }, secrets };
    }
    const folder = this.folder.trim();
    const told = this.variables.filter((one) => !one.secret).map(({ name, value }) => [name.trim(), value] as const);
    const kept = this.variables.filter((one) => one.secret);
    return {
      name,
      reach: {
        by: 'program',
        command: this.command.trim(),
        arguments: this.words === '' ? [] : this.words.replace(/\n$/, '').split('\n'),
        ...(folder === '' ? {} : { folder }),
        environment: Object.fromEntries(told),
      },
      secrets: kept.map(({ name, value }) => ({ name: name.trim(), value })),
    };
  }

  /** What the station would refuse, where it can be mended. */
  get wrong(): Wrong | null {
    if (!NAME.test(this.name.trim())) return 'name';
    if (this.#taken().includes(this.name.trim())) return 'taken';
    if (this.by === 'address') {
      const url = this.url.trim();
      if (!url.startsWith('https://') && !HERE.test(url)) return 'url';
      if (this.token.trim() !== '' && !HEADER.test(this.header.trim().toLowerCase())) return 'header';
      return null;
    }
    if (!isWhole(this.command.trim())) return 'command';
    if (this.folder.trim() !== '' && !isWhole(this.folder.trim())) return 'folder';
    const names = this.variables.map((one) => one.name.trim());
    const unfit = this.variables.some(
      (one) => !VARIABLE.test(one.name.trim()) || (one.secret && one.value.trim() === ''),
    );
    return unfit || new Set(names).size !== names.length ? 'variable' : null;
  }

  /** What was tried, as long as it is what stands there. */
  get shown(): ServerTried | null {
    return this.#triedOf === JSON.stringify(this.server) ? this.tried : null;
  }

  another(): void {
    this.variables = [...this.variables, { name: '', value: '', secret: false }];
  }

  drop(index: number): void {
    this.variables = this.variables.filter((_, at) => at !== index);
  }

  async try(host: Host): Promise<void> {
    if (this.wrong !== null || this.trying) return;
    const server = this.server;
    this.trying = true;
    let tried: ServerTried;
    try {
      tried = await ask.serverTry(host, server);
    } catch (thrown) {
      tried = { good: false, told: problemOf(thrown).message, calls_itself: null, protocol: null, tools: [] };
    }
    this.trying = false;
    [this.tried, this.#triedOf] = [tried, JSON.stringify(server)];
  }
}
