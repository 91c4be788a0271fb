/**
 * Builds `dist/`: what the VSIX carries and `node dist/cli.js` runs.
 *
 *   node esbuild.mjs           minified, as it ships
 *   node esbuild.mjs --dev     readable, with source maps; takes a tenth of a second
 *   node esbuild.mjs --watch   the same, again at each change
 */
import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const watch = process.argv.includes('--watch');
const dev = watch || process.argv.includes('--dev');
const finished = join(root, 'dist');
/** A build for shipping appears at once and whole, so that nobody runs a half of it and a failed one changes nothing. */
const dist = dev ? finished : join(root, '.cache', `dist-${process.pid}`);

/** What packages written for CommonJS find in their scope: ssh2 asks for all three as it is loaded. Node's own modules are not bundled. */
const commonJs = [
  `import { createRequire as createRequire_ } from 'node:module';`,
  'const require = createRequire_(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;',
].join(' ');

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  minify: !dev,
  sourcemap: dev ? 'linked' : false,
  logLevel: 'warning',
};

/** The programs of worker threads, each named for what it does. */
const workers = (await readdir(join(root, 'src/services/workers')))
  .filter((name) => name.endsWith('Worker.ts'))
  .map((name) => ({ in: `src/services/workers/${name}`, out: `workers/${name.slice(0, -'.ts'.length)}` }));

/** @type {esbuild.BuildOptions} */
const hosts = {
  ...common,
  entryPoints: [{ in: 'src/extension.ts', out: 'extension' }, { in: 'src/cli.ts', out: 'cli' }, ...workers],
  outdir: dist,
  chunkNames: 'chunks/[name]-[hash]',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  splitting: true,
  external: ['vscode', 'node:*', 'cpu-features'],
  // Of packages that come as both, the ES modules: named exports of a CommonJS one don't come through a split chunk, and unused ones go.
  mainFields: ['module', 'main'],
  // ssh2's faster native code is one file a system and version: the extension is one for all, and its own JavaScript is fast enough.
  loader: { '.node': 'empty' },
  banner: { js: commonJs },
};

/** One script a panel, named for its folder, and beside it the style sheet that the script imports. */
async function panels() {
  const folders = await readdir(join(root, 'webviews'), { withFileTypes: true });
  const names = folders
    .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
    .map(({ name }) => name);
  return {
    ...common,
    entryPoints: names.map((name) => ({ in: `webviews/${name}/main.ts`, out: name })),
    outdir: join(dist, 'webviews'),
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
  };
}

async function copyRemoteScripts() {
  const from = join(root, 'src/remote');
  const to = join(dist, 'remote');
  await mkdir(to, { recursive: true });
  for (const name of (await readdir(from)).filter((file) => /\.(sh|awk|py)$/.test(file))) {
    await copyFile(join(from, name), join(to, name));
    await chmod(join(to, name), 0o755);
  }
}

async function copyIcons() {
  const from = dirname(createRequire(import.meta.url).resolve('@vscode/codicons/dist/codicon.css'));
  const to = join(dist, 'webviews');
  await mkdir(to, { recursive: true });
  for (const name of ['codicon.css', 'codicon.ttf']) await copyFile(join(from, name), join(to, name));
}

/** The JSON Schema of job files comes from the schema that reads them, so the two cannot differ. */
async function writeJobSchema() {
  const bundle = join(dist, 'jobSchema.mjs');
  await esbuild.build({
    ...common,
    entryPoints: ['src/core/jobSpec/jsonSchema.ts'],
    outfile: bundle,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: false,
    banner: { js: commonJs },
  });
  const { jobFileJsonSchema } = await import(`${pathToFileURL(bundle).href}?${process.hrtime.bigint()}`);
  await rm(bundle);
  await mkdir(join(dist, 'schema'), { recursive: true });
  await writeFile(
    join(dist, 'schema/job.schema.json'),
    `${JSON.stringify(jobFileJsonSchema(), undefined, dev ? 2 : 0)}\n`,
  );
}

const builds = [hosts, await panels()];
try {
  if (dev) await rm(dist, { recursive: true, force: true });
  const parts = [
    ...builds.map((options) => esbuild.build(options)),
    copyRemoteScripts(),
    copyIcons(),
    writeJobSchema(),
  ];
  // All of them to their end, so that none writes after a failed one was cleared away.
  const failed = (await Promise.allSettled(parts)).find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  if (!dev) {
    await rm(finished, { recursive: true, force: true });
    await rename(dist, finished);
  }
} catch (error) {
  if (!dev) await rm(dist, { recursive: true, force: true });
  // esbuild has printed each of its own errors, with the place.
  if (!('errors' in error)) throw error;
  process.exit(1);
}
if (watch) {
  for (const options of builds) await (await esbuild.context(options)).watch();
  console.log(`Watching; ${basename(dist)}/ is up to date.`);
}
