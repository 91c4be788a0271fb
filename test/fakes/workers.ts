import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** Where the built worker programs are: made by `setup` for Vitest, else by the build that ships. */
export const workersFolder = process.env.TRAINYARD_WORKERS ?? resolve('dist/workers');

/** Vitest's global set-up: threads run no TypeScript, so their programs are built once for all tests. */
export async function setup(): Promise<() => Promise<void>> {
  // In the repository, whose package.json says what kind of modules they are.
  const cache = resolve('.cache');
  await mkdir(cache, { recursive: true });
  const outdir = await mkdtemp(join(cache, 'workers-'));
  const sources = resolve('src/services/workers');
  const programs = (await readdir(sources)).filter((name) => name.endsWith('Worker.ts'));
  await build({
    entryPoints: programs.map((name) => join(sources, name)),
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  process.env.TRAINYARD_WORKERS = outdir;
  return () => rm(outdir, { recursive: true });
}
