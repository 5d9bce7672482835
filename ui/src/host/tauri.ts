/** The host inside the application window: its commands and one event. The only file that names the window's API. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { DecisionReceipt, Link, Notice, SessionView, Waits } from '../generated/wire';
import { HostProblem, hand, isProblem, type Desktop, type Ears, type Host } from './host';

async function call<T>(name: string, body: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(name, body);
  } catch (thrown) {
    if (isProblem(thrown)) throw new HostProblem(thrown);
    throw new HostProblem({ code: 'unavailable', message: String(thrown), field: null }, true);
  }
}

/** Hears an event until the answer is called; `lost` says that it cannot be heard. */
function hear<T>(event: string, told: (payload: T) => void, begun: () => void, lost: () => void): () => void {
  let stopped = false;
  let unlisten: (() => void) | null = null;
  listen<T>(event, ({ payload }) => told(payload)).then((stop) => {
    if (stopped) return stop();
    unlisten = stop;
    begun();
  }, lost);
  return () => {
    stopped = true;
    unlisten?.();
  };
}

/** The application shows them itself, and tells when one was chosen. */
function desktopNotices(): Desktop {
  let chosen: (() => void) | null = null;
  let listens = false;
  return {
    state: () => 'on',
    ask: () => Promise.resolve(true),
    async show(title, body, open) {
      chosen = open;
      if (!listens) {
        listens = true;
        hear(
          'notice-chosen',
          () => chosen?.(),
          () => undefined,
          () => (listens = false),
        );
      }
      await call('show_notice', { notice: { title, body } });
    },
    clear() {
      chosen = null;
      call('clear_notices', {}).catch(() => undefined);
    },
  };
}

/** How the line to a station on another machine stands; also that nobody is signed in here any more. */
type Line = { line: 'lost'; retry_in_ms: number } | { line: 'found' } | { line: 'signed_out' };

/** Builds the window's host. */
export function tauriHost(): Host {
  let ears: Ears | null = null;
  let afar = false;
  const connectedTo = call<string | null>('connected_to', {}).then((station) => {
    afar = station !== null;
    return station;
  });
  connectedTo.catch(() => undefined);
  return {
    kind: 'window',
    desktop: desktopNotices(),
    query: (query) => call('query', { query }),
    command: (command) => call<SessionView>('command', { command }),
    decide: (decision) => call<DecisionReceipt>('decide', { decision }),
    connectedTo: () => connectedTo,
    connect: (code) => call('connect', { code }),
    disconnect: () => call('disconnect', {}),
    // The station writes the file itself: the page neither writes one nor names one.
    saveCertificate: (of) => call<string>('save_certificate', { of }),
    saveCase: (conversation) => call<string>('save_case', { conversation }),
    takeLink: () => call<Link | null>('take_link', {}),
    // What came before the ear was open is taken then.
    onLink: (told) => hear('link', told, told, () => undefined),
    onQuit: (asked) =>
      hear<Waits>(
        'quit-asked',
        asked,
        () => undefined,
        () => undefined,
      ),
    quit: (yes) => call(yes ? 'quit' : 'stay', {}),
    onNotice(listener) {
      ears = listener;
      // What changed before the ear was open is not told again.
      const stop = hear<Notice>(
        'notice',
        (notice) => hand(notice, listener),
        () => listener.found(),
        () => listener.lost(null),
      );
      const stopLine = hear<Line>(
        'line',
        (told) => {
          if (told.line === 'lost') listener.lost(Date.now() + told.retry_in_ms);
          else if (told.line === 'found') listener.found();
          else listener.signedOut();
        },
        () => undefined,
        () => listener.lost(null),
      );
      return () => {
        ears = null;
        stop();
        stopLine();
      };
    },
    retry() {
      if (afar) call('retry', {}).catch(() => undefined);
      else ears?.found();
    },
  };
}
