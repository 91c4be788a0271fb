/**
 * Builds `dist/`: what the VSIX carries and `node dist/cli.js` runs.
 *
 *   node build.mjs           minified, as it ships
 *   node build.mjs --dev     readable, with source maps
 *   node build.mjs --watch   the same, again at each change
 *
 * rolldown makes what runs in Node, because it can be told which modules belong in one file; esbuild the panels, which have
 * style sheets.
 */
import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { rolldown, watch as watchHosts } from 'rolldown';

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
  .map((name) => [`workers/${name.slice(0, -'.ts'.length)}`, `src/services/workers/${name}`]);

const extension = join(root, 'src/extension.ts');

/** @type {import('rolldown').RolldownOptions} */
const hosts = {
  cwd: root,
  input: { extension, cli: 'src/cli.ts', ...Object.fromEntries(workers) },
  platform: 'node',
  external: ['vscode', /^node:/, 'cpu-features'],
  // Of packages that come as both, the ES modules: of those, what is not used is left out.
  resolve: { mainFields: ['module', 'main'] },
  // ssh2's faster native code is one file a system and version: the extension is one for all, and its own JavaScript is fast enough.
  moduleTypes: { '.node': 'empty' },
  transform: { target: 'node20' },
  // Nobody imports the entry points but for what they export themselves.
  preserveEntrySignatures: 'allow-extension',
  // By looking, as esbuild does: told by the system, it loses a file that an editor saves by putting a new one in its place.
  watch: { exclude: [/node_modules/], watcher: { usePolling: true, pollInterval: 300 } },
  output: {
    dir: dist,
    format: 'esm',
    chunkFileNames: 'chunks/[name]-[hash].js',
    banner: ({ moduleIds }) => (moduleIds.some((id) => id.includes('node_modules')) ? commonJs : ''),
    minify: !dev,
    sourcemap: dev,
    codeSplitting: { groups: [{ name: atActivation, debugName: 'activation' }] },
  },
};

/**
 * VS Code waits for each file that activation loads, however small: what `extension.ts` imports is in two, whoever else uses
 * it. The programs outside the editor share the one without `vscode`.
 */
function atActivation(id, modules) {
  if (!importedBy(extension, modules).has(id)) return undefined;
  return id.startsWith(join(root, 'src/ui')) ? 'editor' : 'base';
}

/** The modules that are loaded with one, itself not counted. */
function importedBy(entry, modules, found = new Set()) {
  for (const id of modules.getModuleInfo(entry)?.importedIds ?? []) {
    if (!found.has(id)) importedBy(id, modules, found.add(id));
  }
  return found;
}

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

/** rolldown tells of an error by what it throws, esbuild prints its own, with the place. */
async function buildHosts() {
  const bundle = await rolldown(hosts);
  await bundle.write(hosts.output);
  await bundle.close();
}

const panelBuild = await panels();
try {
  if (dev) await rm(dist, { recursive: true, force: true });
  const parts = [buildHosts(), esbuild.build(panelBuild), copyRemoteScripts(), copyIcons(), writeJobSchema()];
  // All of them to their end, so that none writes after a failed one was cleared away.
  const failed = (await Promise.allSettled(parts)).find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  if (!dev) {
    await rm(finished, { recursive: true, force: true });
    await rename(dist, finished);
  }
} catch (error) {
  if (!dev) await rm(dist, { recursive: true, force: true });
  throw error;
}
if (watch) {
  // A change is seen once it has built all of it once.
  await new Promise((seen) => {
    watchHosts(hosts).on('event', ({ code, error }) => {
      if (code === 'ERROR') console.error(error.message);
      if (code === 'END' || code === 'ERROR') seen();
    });
  });
  await (await esbuild.context(panelBuild)).watch();
  console.log(`Watching; ${basename(dist)}/ is up to date.`);
}
