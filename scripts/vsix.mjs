import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { must } from './command.mjs';
import { modernEnvironment, modernNode } from './nodes.mjs';
import { inCache, inRoot } from './repository.mjs';
import { fingerprint, stampOf } from './stamp.mjs';

export const vsix = inRoot('trainyard.vsix');

const stamp = inCache('vsix');

const inputs = [
  ...[
    'src',
    'webviews',
    'media',
    'snippets',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'build.mjs',
  ],
  ...['.vscodeignore', 'README.md', 'CHANGELOG.md', 'LICENSE'],
].map((name) => inRoot(name));

const fixIt = 'Mend what the messages above say, then run the same command again.';

/** What the files were like that the last `build` here was made of. */
let built;

export async function build() {
  const key = fingerprint(inputs);
  // Whatever it vouched for is about to change.
  rmSync(stamp, { force: true });
  await must('The build', fixIt, modernNode(), [inRoot('build.mjs')]);
  built = key;
}

/** Packs `dist/` and what the manifest names into the VSIX, which appears at once and whole. */
export async function pack() {
  mkdirSync(inCache(), { recursive: true });
  const file = inCache(`${process.pid}.vsix`);
  const words = ['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  const vsce = inRoot('node_modules/@vscode/vsce/vsce');
  await must('Packaging the extension', fixIt, modernNode(), [vsce, ...words, '--out', file], {
    env: modernEnvironment(),
  });
  renameSync(file, vsix);
  if (built) writeFileSync(stamp, built);
}

/** Builds and packages, unless nothing that counts has changed since. */
export async function ensureVsix() {
  if (
    existsSync(vsix) &&
    existsSync(inRoot('dist', 'extension.js')) &&
    stampOf(stamp) === fingerprint(inputs)
  )
    return;
  console.log('Building and packaging Trainyard …');
  await build();
  await pack();
}
