/** Dark, light, or as the system says. Each person's choice is kept on this machine only; before somebody signs in, the last
 * one of anybody holds. */
export const THEMES = ['system', 'dark', 'light'] as const;
export type Theme = (typeof THEMES)[number];
const KEY = 'countersign-theme';
const NEXT: Record<Theme, Theme> = { system: 'dark', dark: 'light', light: 'system' };

function stored(key: string): Theme | null {
  const value = localStorage.getItem(key);
  return THEMES.find((theme) => theme === value) ?? null;
}

class ThemeChoice {
  choice = $state<Theme>('system');
  #person: string | null = null;
  #query: MediaQueryList | null = null;

  /** Applies the stored choice and follows the system while nothing else was chosen. */
  start(): () => void {
    this.choice = stored(KEY) ?? 'system';
    this.#query = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: light)') : null;
    const apply = (): void => this.#apply();
    this.#query?.addEventListener('change', apply);
    apply();
    return () => this.#query?.removeEventListener('change', apply);
  }

  /** Somebody is at this desk now: what they chose here holds, if they did. */
  of(person: string | null): void {
    if (person === this.#person) return;
    this.#person = person;
    if (person !== null) this.choice = stored(`${KEY}-${person}`) ?? this.choice;
    this.#apply();
  }

  next(): void {
    this.choose(NEXT[this.choice]);
  }

  choose(choice: Theme): void {
    this.choice = choice;
    localStorage.setItem(KEY, choice);
    if (this.#person !== null) localStorage.setItem(`${KEY}-${this.#person}`, choice);
    this.#apply();
  }

  #apply(): void {
    const light = this.choice === 'light' || (this.choice === 'system' && this.#query?.matches === true);
    document.documentElement.dataset['theme'] = light ? 'light' : 'dark';
  }
}

export const theme = new ThemeChoice();
