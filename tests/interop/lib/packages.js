// The packages of others, where scripts/interop.sh has put them: nothing of them stands in the tree.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The folder that scripts/interop.sh installs into. */
export const place = process.env.INTEROP_PLACE ?? missing();
const node = join(place, 'node');
const from = createRequire(join(node, 'package.json'));

function missing() {
  throw new Error('INTEROP_PLACE is not set: run scripts/interop.sh.');
}

/** An npm package, loaded. */
export const load = (name) => from(name);
/** A program that an npm package brings. */
export const program = (name) => join(node, 'node_modules', '.bin', name);
/** A file of an npm package. */
export const file = (...path) => join(node, 'node_modules', ...path);
/** The interpreter that has the packages of one of the requirements files. */
export const python = (set) => join(place, set, 'bin', 'python');

/** A Node of 22 or newer, which the conformance suite needs: this one, or the one that npm brings. */
export function newerNode() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  const brought = file(`node-${process.platform}-${process.arch}`, 'bin', 'node');
  execFileSync(brought, ['--version']);
  return brought;
}
