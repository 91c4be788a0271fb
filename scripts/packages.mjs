import { readFileSync } from 'node:fs';
import { must } from './command.mjs';
import { npmCommand } from './nodes.mjs';
import { inRoot } from './repository.mjs';

/** Installs the packages of this repository, unless exactly those of its lock file are there, whoever installed them. */
export async function ensurePackages() {
  if (areInstalled()) return;
  console.log('Installing npm packages (half a minute) …');
  const [program, ...words] = npmCommand();
  await must(
    'Installing npm packages',
    'Check the network and the messages above, then run the same command again.',
    program,
    [...words, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'],
  );
}

/** npm writes its own list last, so an interrupted install has none. */
function areInstalled() {
  const wanted = read('package-lock.json');
  const present = read('node_modules/.package-lock.json');
  if (!wanted || !present) return false;
  return Object.entries(wanted.packages).every(
    ([path, { version, optional }]) =>
      path === '' ||
      (present.packages[path] ? present.packages[path].version === version : optional === true),
  );
}

function read(name) {
  try {
    return JSON.parse(readFileSync(inRoot(name), 'utf8'));
  } catch {
    return undefined;
  }
}
