// Serves the built desk with the development station. Stage by argument: set_up, sign_in, desk; "empty" leaves the lists empty.
import { fileURLToPath } from 'node:url';
import { createStation } from './station.js';

const words = process.argv.slice(2);
const stage = ['set_up', 'sign_in', 'desk'].find((name) => words.includes(name)) ?? 'sign_in';
const station = createStation({
  dist: fileURLToPath(new URL('../dist', import.meta.url)),
  stage,
  empty: words.includes('empty'),
});
const port = await station.listen(Number(process.env.PORT ?? 5173));
console.log(`http://127.0.0.1:${port}/  password: correct horse battery, token: first-run`);
