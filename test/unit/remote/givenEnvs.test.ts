import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gpuScript } from '../../../src/providers/launched/gpuScript';
import { Container, decoded } from './container';
import { LaunchedJob, linux, shells } from './launchedJob';

/** Every name that a script assigns, reads or counts with, and what they look at without having set it. */
const names = [
  ...new Set(
    readdirSync('src/remote')
      .filter((name) => name.endsWith('.sh'))
      .flatMap((name) => {
        const text = readFileSync(join('src/remote', name), 'utf8');
        return [
          ...[...text.matchAll(/(?<![\w-])([a-z][a-z0-9_]*)=/g)].map((found) => found[1] ?? ''),
          ...[...text.matchAll(/\bfor ([a-z][a-z0-9_]*)\b/g)].map((found) => found[1] ?? ''),
          ...[...text.matchAll(/\bread -r ([a-z0-9_ ]+)/g)].flatMap((found) => (found[1] ?? '').split(' ')),
          ...[...text.matchAll(/\$\{?([a-z][a-z0-9_]*)/g)].map((found) => found[1] ?? ''),
        ];
      }),
  ),
].filter((name) => /^[a-z]/.test(name));

const odd = (name: string) => `${name}'s "own" $HOME \`x\` \\ é\n 2`;
const own = Object.fromEntries(names.map((name) => [name, odd(name)]));
const dump = 'env -0 | tr -d "\\n" | tr "\\0" "\\n" | LC_ALL=C sort';
const shown = (text: string) => text.split('\n').filter((line) => /^[a-z]/.test(line));
const expected = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value.replaceAll('\n', '')}`)
    .sort();

describe.skipIf(!linux).concurrent.each(shells)(
  'envs named like the scripts’ own variables, with $name,',
  (shell) => {
    it('are many, and all of them reach setup and run of each node as they are', async (test) => {
      expect(names.length).toBeGreaterThan(100);
      const job = new LaunchedJob(shell, {
        test,
        nodes: 2,
        setup: `${dump} >setup`,
        run: `${dump} >run; mkdir out; echo kept >out/file`,
        env: { ...own, TRAINYARD_OUTPUTS: 'out=out\n' },
      });
      expect(await job.run()).toBe(0);
      for (const node of [0, 1])
        for (const phase of ['setup', 'run'])
          expect(shown(readFileSync(job.path(`workdir/${phase}`, node), 'utf8'))).toEqual(expected(own));
      expect(job.exit(1)).toMatchObject({ code: 0, node: 1, reason: 'run finished' });
      expect(job.records('phase').map(({ phase, state }) => `${String(phase)} ${String(state)}`)).toEqual(
        ['setup', 'run', 'collect'].flatMap((phase) => [`${phase} start`, `${phase} end`]),
      );
      expect(readFileSync(join(job.folder, 'outputs/out/file'), 'utf8')).toBe('kept\n');
    });

    it('reach a script that shows each node its GPUs', async (test) => {
      const job = new LaunchedJob(shell, { test, run: dump, env: { ...own, SKYPILOT_NODE_RANK: '0' } });
      job.write('gpus.sh', gpuScript([[0, 1]]));
      job.env.TRAINYARD_RUN = join(job.folder, 'gpus.sh');
      expect(await job.run()).toBe(0);
      expect(shown(job.log())).toEqual(expected(own));
    });

    it('and secrets of such names reach a job in a SageMaker container', async (test) => {
      const half = Math.floor(names.length / 2);
      const envs = Object.fromEntries(Object.entries(own).slice(0, half));
      const secrets = Object.fromEntries(Object.entries(own).slice(half));
      const job = new Container(shell, {
        test,
        env: envs,
        secrets,
        run: `${dump}; mkdir out; echo kept >out/file; exit 3`,
        uploads: [{ what: 'folder', destination: '', packs: [{ files: { 'a.py': '' } }] }],
        environment: { TRAINYARD_OUTPUTS: 'out=out\n' },
      });
      const { code, stdout } = await job.run();
      expect(code).toBe(3);
      const { log, sent } = decoded(stdout);
      expect(shown(log.toString())).toEqual(expected(own));
      expect(sent).toMatchObject({ end: true });
      expect(job.read('model/out/file')).toBe('kept\n');
    });
  },
);
