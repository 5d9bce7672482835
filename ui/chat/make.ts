/** Elements, and text that shows what hides in it. */
import { pieces } from '../src/lib/plain';

type Attributes = Record<string, string>;

/** An element with attributes and children; a string child is text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function plain(text: string): HTMLElement {
  const out = make('bdi', { dir: 'auto' });
  for (const piece of pieces(text)) {
    if ('text' in piece) out.append(piece.text);
    else out.append(make('span', { class: 'code' }, piece.code));
  }
  return out;
}
