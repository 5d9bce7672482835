/** Chooses the host that this page runs in. */
import type { Host } from './host';
import { httpHost } from './http';

export async function pickHost(): Promise<Host> {
  if ('__TAURI_INTERNALS__' in window) return (await import('./tauri')).tauriHost();
  return httpHost('', sessionStorage);
}
