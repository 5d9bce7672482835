/** The host inside the application window: its commands and one event. The only file that names the window's API. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { DecisionReceipt, Notice, SessionView } from '../generated/wire';
import { HostProblem, isProblem, type Ears, type Host } from './host';

async function call<T>(name: string, body: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(name, body);
  } catch (thrown) {
    if (isProblem(thrown)) throw new HostProblem(thrown);
    throw new HostProblem({ code: 'unavailable', message: String(thrown), field: null }, true);
  }
}

/** Builds the window's host. */
export function tauriHost(): Host {
  let ears: Ears | null = null;
  return {
    kind: 'window',
    query: (query) => call('query', { query }),
    command: (command) => call<SessionView>('command', { command }),
    decide: (decision) => call<DecisionReceipt>('decide', { decision }),
    // The station writes the file itself: the page neither writes one nor names one.
    saveCertificate: (of) => call<string>('save_certificate', { of }),
    saveCase: (conversation) => call<string>('save_case', { conversation }),
    onNotice(listener) {
      ears = listener;
      let stopped = false;
      let unlisten: (() => void) | null = null;
      listen<Notice>('notice', (event) => listener.changed(event.payload.as_of)).then(
        (stop) => {
          if (stopped) return stop();
          unlisten = stop;
          // What changed before the ear was open is not told again.
          listener.found();
        },
        () => listener.lost(null),
      );
      return () => {
        stopped = true;
        ears = null;
        unlisten?.();
      };
    },
    retry: () => ears?.found(),
  };
}
