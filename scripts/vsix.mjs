import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { must } from './command.mjs';
import { modernEnvironment, modernNode } from './nodes.mjs';
import { inCache, inRoot } from './repository.mjs';
import { fingerprint, once } from './stamp.mjs';

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
    'esbuild.mjs',
  ],
  ...['.vscodeignore', 'README.md', 'CHANGELOG.md', 'LICENSE'],
].map((name) => inRoot(name));

const fixIt = 'Mend what the messages above say, then run the same command again.';

export async function build() {
  // Whatever it vouched for is about to change.
  rmSync(stamp, { force: true });
  await must('The build', fixIt, modernNode(), [inRoot('esbuild.mjs')]);
}

/** Packs `dist/` and what the manifest names into the VSIX, which appears at once and whole. */
export async function pack() {
  rmSync(stamp, { force: true });
  mkdirSync(inCache(), { recursive: true });
  const file = inCache(`${process.pid}.vsix`);
  const words = ['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  const vsce = inRoot('node_modules/@vscode/vsce/vsce');
  await must('Packaging the extension', fixIt, modernNode(), [vsce, ...words, '--out', file], {
    env: modernEnvironment(),
  });
  renameSync(file, vsix);
}

/** Builds and packages, unless nothing that counts has changed since. */
export async function ensureVsix() {
  if (!existsSync(vsix) || !existsSync(inRoot('dist', 'extension.js'))) rmSync(stamp, { force: true });
  await once(stamp, fingerprint(inputs), async () => {
    console.log('Building and packaging Trainyard …');
    await build();
    await pack();
  });
}
