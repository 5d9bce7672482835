/** How the button and its frame look on a site's page. A constructed sheet: no site's content security policy is in its way. */
export function widgetLook(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; color-scheme: light dark; }
    [hidden] { display: none !important; }
    button, .panel { position: fixed; z-index: 2147483000; right: max(20px, env(safe-area-inset-right)); box-sizing: border-box; }
    button {
      bottom: max(20px, env(safe-area-inset-bottom)); width: 52px; height: 52px; padding: 0; border: 0; border-radius: 26px;
      display: flex; align-items: center; justify-content: center; cursor: pointer;
      background: oklch(0.42 0.065 172); color: oklch(0.985 0.008 172); box-shadow: 0 2px 12px rgb(0 0 0 / 0.25);
    }
    button:focus-visible { outline: 2px solid oklch(0.56 0.18 261); outline-offset: 3px; }
    span {
      position: absolute; top: -4px; right: -4px; min-width: 20px; box-sizing: border-box; padding: 0 5px; border-radius: 10px;
      border: 1px solid oklch(0.42 0.065 172); background: oklch(0.995 0.001 268); color: oklch(0.285 0.014 268);
      font: 530 11px/18px system-ui, sans-serif; text-align: center;
    }
    .panel {
      bottom: 84px; width: 380px; height: min(600px, calc(100dvh - 104px)); overflow: hidden;
      border: 1px solid rgb(128 128 128 / 0.4); border-radius: 12px; box-shadow: 0 8px 32px rgb(0 0 0 / 0.25);
      background: light-dark(oklch(0.995 0.001 268), oklch(0.178 0.006 268));
      color: light-dark(oklch(0.285 0.014 268), oklch(0.89 0.006 268)); font: 14px/20px system-ui, sans-serif;
    }
    iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: inherit; }
    p, a { display: block; margin: 20px; color: inherit; }
    @media (max-width: 480px) {
      .panel { inset: 0; bottom: 0; width: auto; height: auto; border: 0; border-radius: 0; }
      .panel:not([hidden]) + button { display: none; }
    }
  `);
  return sheet;
}
