/** An override as it is typed: the fields, what differs, what is wrong, and whether it can be signed now. */
import type { Card, OverridePreview } from '../generated/wire';
import { fieldsOf, type ArgumentForm, type FormField } from '../lib/form';
import { adding, argumentsOf, changedFields, parse, saidOf, taking } from '../lib/written';
import type { Draft } from './draft.svelte';
import type { Desk } from './desk.svelte';
import { Preview } from './preview.svelte';

export class Override implements ArgumentForm {
  readonly card: Card;
  readonly draft: Draft;
  /** As far as lists grew and parts were left out, too. */
  readonly fields: FormField[] = $derived.by(() => fieldsOf(this.card, this.draft.written));
  readonly preview: Preview;
  /** Fields that were left, whose errors may be shown. */
  left = $state<Record<string, boolean>>({});

  constructor(desk: Desk, card: Card, draft: Draft) {
    this.card = card;
    this.draft = draft;
    this.preview = new Preview(desk, card.action);
    if (this.changed.length > 0) this.preview.ask(this.arguments);
  }

  get bar(): Card['bar'] {
    return this.card.bar;
  }

  get changed(): FormField[] {
    return changedFields(this.fields, this.draft.written);
  }

  /** All arguments as typed, or null while one of them is not right. */
  get arguments(): Record<string, unknown> | null {
    return argumentsOf(this.card, this.fields, this.draft.written);
  }

  /** The station's word on the typed values; null while nothing differs or it has not answered yet. */
  get answer(): OverridePreview | null {
    return this.changed.length === 0 ? null : this.preview.answer;
  }

  text(field: FormField): string {
    return this.draft.written[field.id] ?? field.written;
  }

  write(field: FormField, text: string): void {
    this.draft.written[field.id] = text;
    if (this.changed.length > 0) this.preview.ask(this.arguments);
  }

  restore(field: FormField): void {
    this.write(field, field.written);
  }

  add(field: FormField): string {
    const what = adding(field, this.draft.written);
    if (what === null) return field.id;
    this.#mark(what.key, what.text);
    return what.begins;
  }

  takeOut(field: FormField, out: boolean): void {
    const what = taking(field, out);
    if (what !== null) this.#mark(what.key, what.text);
  }

  #mark(key: string, text: string | null): void {
    if (text === null) Reflect.deleteProperty(this.draft.written, key);
    else this.draft.written[key] = text;
    if (this.changed.length > 0) this.preview.ask(this.arguments);
  }

  isChanged(field: FormField): boolean {
    return this.changed.includes(field);
  }

  /** What is wrong with a field: our own reading first, then the station's. */
  error(field: FormField): string | null {
    const parsed = parse(field, this.text(field));
    if (!parsed.ok) return parsed.message;
    return this.preview.behind ? null : saidOf(field, this.fields, this.answer?.problems ?? []);
  }

  /** Why it cannot be signed, as one of four reasons; null if it can. */
  get obstacle(): 'unchanged' | 'wrong' | 'why' | 'reading' | 'refused' | null {
    if (this.changed.length === 0) return 'unchanged';
    if (this.arguments === null) return 'wrong';
    if (this.preview.problem !== null) return 'refused';
    if (this.preview.behind || this.preview.answer === null) return 'reading';
    if (this.preview.answer.problems.length > 0) return 'wrong';
    if (!this.preview.answer.signable) return 'refused';
    return this.draft.why.trim() === '' ? 'why' : null;
  }
}
