/**
 * After each `npm install`: makes `node` in npm scripts, and `node_modules/.bin/node`, the packaged Node 24. npm links the
 * program of one platform's package and takes the link away again with the packages of the other platforms.
 */
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { packagedNode } from './nodes.mjs';
import { inRoot } from './repository.mjs';

const link = inRoot('node_modules', '.bin', 'node');
const node = packagedNode();
if (node && existsSync(dirname(link))) {
  const target = relative(dirname(link), node);
  rmSync(link, { force: true });
  if (process.platform === 'win32') writeFileSync(`${link}.cmd`, `@"%~dp0${target}" %*\r\n`);
  else symlinkSync(target, link);
}
