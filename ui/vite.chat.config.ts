// Builds the customers' page and the widget into dist-chat/. They are served to strangers and share no chunk with the desk.
import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';

const build: UserConfig['build'] = {
  outDir: '../dist-chat',
  assetsInlineLimit: 0,
  modulePreload: { polyfill: false },
  target: 'es2022',
};
const widget = fileURLToPath(new URL('chat/widget.ts', import.meta.url));

/** With `--mode widget`, the one script that other sites load: a plain one, whose name never changes. */
export default defineConfig(({ mode }) => ({
  root: 'chat',
  base: './',
  build:
    mode === 'widget'
      ? {
          ...build,
          emptyOutDir: false,
          lib: { entry: widget, formats: ['iife'], name: 'widget', fileName: () => 'widget.js' },
        }
      : { ...build, emptyOutDir: true },
  server: { fs: { allow: ['../..'] } },
}));
