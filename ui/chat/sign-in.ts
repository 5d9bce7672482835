/** Signing in with a code: first the address, then the code. It is there only where the station offers it. */
import type { ChatState } from './client';
import { make, plain } from './make';
import { t } from './texts';

export type SignInWishes = {
  askCode: (address: string) => void;
  enterCode: (code: string) => void;
  otherAddress: () => void;
};

type Step = { form: HTMLFormElement; field: HTMLInputElement; error: HTMLElement };

export class SignInPanel {
  readonly element = make('section', { class: 'signin', 'aria-label': t.signInTitle });
  readonly #wishes: SignInWishes;
  readonly #closed: () => void;
  readonly #address: Step;
  readonly #code: Step;
  readonly #hint = make('p', { role: 'status' });
  readonly #folder = make('p', { class: 'sample' });
  #state: ChatState | null = null;
  #open = false;

  /** `closed`: it is gone, and the focus has to be somewhere. */
  constructor(wishes: SignInWishes, closed: () => void) {
    this.#wishes = wishes;
    this.#closed = closed;
    const address = { id: 'address', type: 'email', autocomplete: 'email', maxlength: '254' };
    this.#address = this.#step(t.address, address, t.sendCode, (value) => wishes.askCode(value));
    this.#address.form.prepend(make('b', {}, t.signInTitle), make('p', {}, t.signInHelp));
    const code = { id: 'code', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: '16' };
    this.#code = this.#step(t.code, code, t.enterCode, (value) => wishes.enterCode(value));
    const other = make('button', { type: 'button', class: 'link' }, t.otherAddress);
    other.addEventListener('click', () => {
      this.#wishes.otherAddress();
      this.#address.field.focus();
    });
    this.#code.form.querySelector('.links')?.prepend(other);
    this.#code.form.prepend(make('b', {}, t.signInTitle), this.#hint, this.#folder);
    this.element.append(this.#address.form, this.#code.form);
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing) return;
      event.stopPropagation();
      this.toggle();
    });
    this.element.hidden = true;
  }

  toggle(): void {
    this.#open = !this.#open;
    this.#redraw();
    if (this.#open) this.#shown().field.focus();
    else this.#closed();
  }

  draw(state: ChatState): void {
    const before = this.#state;
    this.#state = state;
    // A reload comes back to where a code is waited for.
    if (before?.stage === 'new' && state.stage !== 'new' && state.codeGood !== null) this.#open = true;
    const inside = this.element.contains(document.activeElement);
    const signedIn = this.#open && state.signedIn !== null && before?.signedIn === null;
    if (state.signedIn !== null || state.stage === 'new') this.#open = false;
    this.#redraw();
    if (signedIn) {
      this.#address.field.value = '';
      this.#code.field.value = '';
      this.#closed();
    } else if (inside && before !== null && (before.codeGood === null) !== (state.codeGood === null)) {
      this.#code.field.value = '';
      this.#shown().field.focus();
    }
  }

  #shown(): Step {
    return this.#state?.codeGood === null ? this.#address : this.#code;
  }

  #redraw(): void {
    const state = this.#state;
    this.element.hidden = !this.#open || state === null || state.offer === null || state.ended;
    if (state === null) return;
    const shown = this.#shown();
    for (const step of [this.#address, this.#code]) {
      step.form.hidden = step !== shown;
      const error = step === shown ? (state.signInError ?? '') : '';
      // Written only when it changes, so that a screen reader says it once.
      if (step.error.textContent !== error) step.error.textContent = error;
    }
    const hint = state.codeGood === null ? '' : t.codeAsked(state.codeGood);
    if (this.#hint.textContent !== hint) this.#hint.textContent = hint;
    const folder = state.offer?.folder ?? null;
    this.#folder.hidden = folder === null;
    if (folder !== null) this.#folder.replaceChildren(`${t.codeFolder} `, plain(folder));
  }

  #step(label: string, field: Record<string, string>, verb: string, wish: (value: string) => void): Step {
    const error = make('p', { class: 'error', role: 'alert', id: `${field['id'] ?? ''}-error` });
    const input = make('input', { ...field, 'aria-describedby': error.id });
    const row = make('div', { class: 'row' }, input, make('button', { type: 'submit', class: 'solid' }, verb));
    const notNow = make('button', { type: 'button', class: 'link' }, t.notNow);
    notNow.addEventListener('click', () => this.toggle());
    const links = make('div', { class: 'links' }, notNow);
    const labelled = make('label', { for: input.id }, label);
    // What is no address the station says, in its own words.
    const form = make('form', { novalidate: '' }, labelled, row, error, links);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const value = input.value.trim();
      if (value !== '') wish(value);
      input.focus();
    });
    return { form, field: input, error };
  }
}
