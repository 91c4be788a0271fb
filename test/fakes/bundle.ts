import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** Builds a TypeScript program of the tests so that a process of its own can run it. Gives the built file's path. */
export async function bundle(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-program-'));
  const outfile = join(folder, basename(program).replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
    // As in build.mjs: ssh2 does without its native code, and asks for what CommonJS has in its scope.
    external: ['cpu-features'],
    loader: { '.node': 'empty' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.filename), __filename = import.meta.filename, __dirname = import.meta.dirname;",
    },
  });
  return outfile;
}
