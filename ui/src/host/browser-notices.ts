/** Notices of a browser, once the person at the desk has allowed them. */
import type { Desktop } from './host';

export function browserNotices(): Desktop {
  let shown: Notification | null = null;
  const clear = (): void => {
    shown?.close();
    shown = null;
  };
  const state = (): ReturnType<Desktop['state']> => {
    if (typeof Notification === 'undefined') return 'off';
    if (Notification.permission === 'granted') return 'on';
    return Notification.permission === 'denied' ? 'refused' : 'ask';
  };
  return {
    state,
    async ask() {
      if (state() === 'ask') await Notification.requestPermission();
      return state() === 'on';
    },
    show(title, body, chosen) {
      clear();
      const notice = new Notification(title, { body, tag: 'countersign' });
      notice.onclick = () => {
        window.focus();
        clear();
        chosen();
      };
      shown = notice;
      return Promise.resolve();
    },
    clear,
  };
}
