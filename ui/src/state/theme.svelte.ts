/** Dark, light, or as the system says. The choice is kept on this machine only. */
export type Theme = 'system' | 'dark' | 'light';
const KEY = 'countersign-theme';
const NEXT: Record<Theme, Theme> = { system: 'dark', dark: 'light', light: 'system' };

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return value === 'dark' || value === 'light' ? value : 'system';
}

class ThemeChoice {
  choice = $state<Theme>('system');
  #query: MediaQueryList | null = null;

  /** Applies the stored choice and follows the system while nothing else was chosen. */
  start(): () => void {
    this.choice = stored();
    this.#query = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: light)') : null;
    const apply = (): void => this.#apply();
    this.#query?.addEventListener('change', apply);
    apply();
    return () => this.#query?.removeEventListener('change', apply);
  }

  next(): void {
    this.choose(NEXT[this.choice]);
  }

  choose(choice: Theme): void {
    this.choice = choice;
    if (this.choice === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, this.choice);
    this.#apply();
  }

  #apply(): void {
    const light = this.choice === 'light' || (this.choice === 'system' && this.#query?.matches === true);
    document.documentElement.dataset['theme'] = light ? 'light' : 'dark';
  }
}

export const theme = new ThemeChoice();
