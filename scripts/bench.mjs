/**
 * `npm run bench`: runs every test/bench/*.bench.ts, prints a row for each figure and writes test/bench/RESULTS.md. It fails
 * nothing by a figure; tests assert what must hold.
 *
 *   npm run bench -- vsixSize activation      only these files; RESULTS.md stays as it is
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { run } from './command.mjs';
import { ensureDebian } from './debian.mjs';
import { ensureEditor } from './editorInstall.mjs';
import { Failure, main } from './failure.mjs';
import { checkNode, modernEnvironment, modernNode } from './nodes.mjs';
import { ensurePackages } from './packages.mjs';
import { inRoot } from './repository.mjs';
import { ensureVsix } from './vsix.mjs';

await main(async () => {
  checkNode();
  const all = readdirSync(inRoot('test/bench')).flatMap((name) => /^(.+)\.bench\.ts$/.exec(name)?.[1] ?? []);
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Failure(`Unknown: ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  await ensurePackages();
  await ensureDebian(['chromium', 'openssh-server'], 'measuring in a real editor');
  await ensureEditor();
  await ensureVsix();
  const program = await bundle(wanted.length > 0 ? wanted : all, wanted.length === 0);
  process.exitCode = await run(modernNode(), ['--expose-gc', program], { env: modernEnvironment() });
});

/** Node runs no TypeScript that imports without endings, so what runs is a bundle; packages stay outside. */
async function bundle(names, whole) {
  const { build } = await import('esbuild');
  const outfile = inRoot('node_modules', '.cache', 'trainyard', 'bench.mjs');
  await build({
    stdin: { contents: entry(names, whole), resolveDir: inRoot('test', 'bench') },
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    plugins: [
      { name: 'own address', setup: (hooks) => hooks.onLoad({ filter: /\.(ts|mjs)$/ }, withOwnAddress) },
    ],
  });
  return outfile;
}

function entry(names, whole) {
  const imports = names.map((name, at) => `import { bench as b${at} } from './${name}.bench';`);
  const benches = names.map((name, at) => `${JSON.stringify(name)}: b${at}`);
  return `import { report } from './report';\n${imports.join('\n')}\nawait report({ ${benches.join(', ')} }, ${whole});`;
}

/** Each module goes on finding its neighbours from where it stands, not from the bundle. */
async function withOwnAddress({ path }) {
  const contents = await readFile(path, 'utf8');
  const address = JSON.stringify(pathToFileURL(path).href);
  return {
    contents: contents.replaceAll('import.meta.url', address),
    loader: path.endsWith('.ts') ? 'ts' : 'js',
  };
}
