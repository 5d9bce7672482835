/** A tool's settings as somebody changes them in a form. */
import type { ToolArgument, ToolFact, ToolSettings, ToolView } from '../generated/wire';
import { ask } from '../host/host';
import { Ahead } from './ahead.svelte';
import type { Desk } from './desk.svelte';

const copy = <T>(of: T): T => JSON.parse(JSON.stringify(of)) as T;
const number = (text: string): number => (/^\d{1,9}$/.test(text.trim()) ? Number(text) : 0);

export class ToolDraft {
  readonly tool: ToolView;
  /** Its arguments, as its server defines them in what would hold. */
  readonly arguments: ToolArgument[];
  /** What is accepted with it of what its server says: all of it at first, and what it has changed since. */
  readonly definition: string | null;
  /** The tools that facts may be read with. */
  readonly readers: ToolView[];
  effect = $state('');
  /** `nobody`, `argument:NAME`, `evidence:NAME`, or `result`. */
  subject = $state('nobody');
  result = $state('');
  object = $state('');
  amount = $state('');
  currency = $state('');
  key = $state('');
  hold = $state('');
  timeout = $state('');
  longest = $state('');
  /** The tool that facts are read with; none where nothing is read. */
  reads = $state('');
  /** Which argument of this tool each of that one's is taken from; empty where it is given none. */
  takes = $state<Record<string, string>>({});
  facts = $state<(ToolFact & { currency: string })[]>([]);
  headline = $state('');
  sentence = $state('');
  noun = $state('');
  /** One offer a line. */
  guidance = $state('');
  readonly ahead: Ahead<ToolSettings>;

  /** `accepts`: whether what its server says now is accepted with it, where that is something else. */
  constructor(desk: Desk, tool: ToolView, accepts: boolean) {
    this.ahead = new Ahead((settings) => ask.toolChange(desk.host, settings, this.definition));
    this.tool = tool;
    const offered = accepts && tool.offered?.definition != null ? tool.offered : null;
    this.arguments = offered?.arguments ?? tool.arguments;
    this.definition = tool.is_set ? (offered?.definition ?? null) : tool.definition;
    const reads = (one: ToolView): boolean => one.is_set && one.settings.effect === 'read';
    const others = (desk.settings.tools?.tools ?? []).filter((one) => one.settings.tool !== tool.settings.tool);
    this.readers = others.filter((one) => reads(one) || one.settings.tool === tool.settings.evidence?.tool);
    const of = tool.settings;
    this.effect = of.effect;
    if (of.subject !== undefined) {
      if ('argument' in of.subject) this.subject = `argument:${of.subject.argument}`;
      else if ('evidence' in of.subject) this.subject = `evidence:${of.subject.evidence}`;
      else {
        this.subject = 'result';
        this.result = of.subject.result;
      }
    }
    this.object = of.object ?? '';
    this.amount = of.money?.amount_minor ?? '';
    this.currency = of.money?.currency ?? '';
    this.key = of.key_argument ?? '';
    this.hold = String(of.hold_seconds);
    this.timeout = String(of.timeout_seconds);
    this.longest = of.longest_seconds === undefined ? '' : String(of.longest_seconds);
    this.reads = of.evidence?.tool ?? '';
    this.takes = { ...of.evidence?.arguments };
    this.facts = (of.evidence?.facts ?? []).map((fact) => ({ ...fact, currency: fact.currency ?? '' }));
    this.headline = of.wording?.headline ?? '';
    this.sentence = of.wording?.effect ?? '';
    this.noun = of.wording?.noun ?? '';
    this.guidance = (of.wording?.guidance ?? []).join('\n');
  }

  get reader(): ToolView | null {
    return this.readers.find((one) => one.settings.tool === this.reads) ?? null;
  }

  /** Facts are read with another tool: its arguments are taken from those of the same name, where there are any. */
  read(tool: string): void {
    this.reads = tool;
    const own = this.arguments.map((argument) => argument.name);
    const names = (this.reader?.arguments ?? []).map((argument) => argument.name);
    this.takes = Object.fromEntries(names.map((name) => [name, own.includes(name) ? name : '']));
  }

  /** The settings as they would be. What the form does not show stays as it is. */
  get settings(): ToolSettings {
    const to = copy(this.tool.settings);
    to.effect = this.effect;
    to.hold_seconds = number(this.hold);
    to.timeout_seconds = number(this.timeout);
    const [kind, name] = [this.subject.split(':')[0], this.subject.slice(this.subject.indexOf(':') + 1)];
    delete to.subject;
    if (kind === 'argument') to.subject = { argument: name };
    else if (kind === 'evidence') to.subject = { evidence: name };
    else if (kind === 'result') to.subject = { result: this.result.trim() };
    delete to.object;
    if (this.object !== '') to.object = this.object;
    delete to.key_argument;
    if (this.key !== '') to.key_argument = this.key;
    delete to.money;
    if (this.amount !== '' || this.currency !== '') to.money = { amount_minor: this.amount, currency: this.currency };
    delete to.longest_seconds;
    if (this.longest.trim() !== '') to.longest_seconds = number(this.longest);
    if (this.reads === '') delete to.evidence;
    else {
      const taken = Object.entries(this.takes).filter(([, from]) => from !== '');
      to.evidence = { ...to.evidence, tool: this.reads, arguments: Object.fromEntries(taken), facts: [] };
      to.evidence.facts = this.facts.map(({ name: fact, label, path, currency, contradicts }) => ({
        name: fact.trim(),
        label: label.trim(),
        path: path.trim(),
        ...(currency.trim() === '' ? {} : { currency: currency.trim() }),
        ...(contradicts === undefined ? {} : { contradicts: copy(contradicts) }),
      }));
    }
    delete to.wording;
    if ([this.headline, this.sentence, this.noun, this.guidance].some((words) => words.trim() !== '')) {
      to.wording = { headline: this.headline.trim(), effect: this.sentence.trim(), noun: this.noun.trim() };
      const guidance = this.guidance.split('\n').map((line) => line.trim());
      if (guidance.some((line) => line !== '')) to.wording.guidance = guidance.filter((line) => line !== '');
    }
    return to;
  }
}
