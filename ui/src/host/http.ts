/** The host of the browser desk: JSON over POST at our own origin, a bearer token, and one stream of notices. */
import type { CaseFile, DecisionReceipt, Notice, SessionView } from '../generated/wire';
import { saveText } from '../lib/save';
import { HostProblem, hand, isProblem, type Ears, type Host } from './host';
import { browserNotices } from './browser-notices';
import { lines } from './lines';

const TOKEN = 'countersign-session';
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** Where the token lives: the tab's own storage, so that closing the tab ends the session here. */
export type TokenStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Builds the browser's host. `base` is empty at our own origin; tests name a server. */
export function httpHost(base: string, store: TokenStore): Host {
  let hear: Ears | null = null;
  let wake: (() => void) | null = null;

  const bearer = (token: string | null): Record<string, string> =>
    token === null ? {} : { Authorization: `Bearer ${token}` };

  /** Forgets the token with which something was asked; whoever has signed in since keeps theirs. */
  const forget = (sent: string | null): boolean => {
    if (store.getItem(TOKEN) !== sent) return false;
    store.removeItem(TOKEN);
    return true;
  };

  async function post<T>(path: string, body: unknown, sent = store.getItem(TOKEN)): Promise<T> {
    let answer: Response;
    try {
      answer = await fetch(`${base}/api/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...bearer(sent) },
        body: JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
      });
    } catch {
      throw unreachable();
    }
    const session = answer.headers.get('countersign-session');
    if (session !== null && session !== '') store.setItem(TOKEN, session);
    const value: unknown = await answer.json().catch(() => null);
    if (answer.ok) return value as T;
    if (!isProblem(value)) {
      throw new HostProblem(
        { code: 'unavailable', message: `The station answered ${answer.status} without a reason.`, field: null },
        answer.status >= 502,
      );
    }
    if (value.code === 'sign_in_needed' && forget(sent)) hear?.signedOut();
    throw new HostProblem(value);
  }

  async function follow(ears: Ears, signal: AbortSignal): Promise<void> {
    let wait = FIRST_WAIT_MS;
    while (!signal.aborted) {
      try {
        const answer = await fetch(`${base}/api/notices`, {
          headers: bearer(store.getItem(TOKEN)),
          signal,
          cache: 'no-store',
        });
        if (answer.status === 401) {
          store.removeItem(TOKEN);
          ears.signedOut();
          return;
        }
        if (!answer.ok || answer.body === null) throw unreachable();
        wait = FIRST_WAIT_MS;
        ears.found();
        for await (const line of lines(answer.body)) {
          hand(JSON.parse(line) as Notice, ears);
        }
      } catch {
        // Every way the stream ends is the same to a desk: it no longer hears the station.
      }
      if (signal.aborted) return;
      ears.lost(Date.now() + wait);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = null;
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  return {
    kind: 'browser',
    desktop: browserNotices(),
    query: (query) => post('query', { query }),
    command(command) {
      const sent = store.getItem(TOKEN);
      // Gone before the station has heard of it: however long that takes, nothing here asks with it again.
      if (command.command === 'sign_out') forget(sent);
      return post<SessionView>('command', { command }, sent);
    },
    decide: (decision) => post<DecisionReceipt>('decide', { decision }),
    // A browser's desk is at whatever station served it.
    connectedTo: () => Promise.resolve(null),
    connect: () => Promise.reject(unreachable()),
    disconnect: () => Promise.reject(unreachable()),
    saveCertificate(_of, name, words) {
      saveText(name, words);
      return Promise.resolve(null);
    },
    async saveCase(conversation) {
      const file = await post<CaseFile>('query', { query: { query: 'case_file', conversation } });
      saveText(file.name, file.text);
      return null;
    },
    // A browser opens links in the application, not in a tab.
    takeLink: () => Promise.resolve(null),
    onLink: () => () => undefined,
    // A tab is closed without the station.
    onQuit: () => () => undefined,
    quit: () => Promise.resolve(),
    onNotice(ears) {
      const stop = new AbortController();
      hear = ears;
      void follow(ears, stop.signal);
      return () => {
        stop.abort();
        wake?.();
        hear = null;
      };
    },
    retry: () => wake?.(),
  };
}

function unreachable(): HostProblem {
  return new HostProblem(
    { code: 'unavailable', message: 'The station cannot be reached. Nothing was recorded.', field: null },
    true,
  );
}
