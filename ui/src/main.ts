/** Starts the desk in the page. */
import { mount } from 'svelte';
import App from './App.svelte';
import { pickHost } from './host/pick';

const target = document.getElementById('desk');
if (target !== null) {
  const host = await pickHost();
  mount(App, { target, props: { host } });
}
