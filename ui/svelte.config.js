// Styles go to a file: the window's content policy forbids style elements.
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: { css: 'external', runes: true },
};
