// Builds the customers' page into dist-chat/. It is served to strangers and shares no chunk with the desk.
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'chat',
  base: './',
  build: {
    outDir: '../dist-chat',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: { fs: { allow: ['../..'] } },
});
