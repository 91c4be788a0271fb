import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { providers } from '../../src/providers/all';
import { openCore, type Core } from '../../src/services/core';
import { bundle } from '../fakes/bundle';
import { processesWith } from '../fakes/processes';
import { until } from '../fakes/until';
import { workplace } from '../fakes/workplace';

const never = new AbortController().signal;
const linux = process.platform === 'linux';
let program = '';
let root = '';
let home = '';

beforeAll(async () => {
  program = await bundle('test/fakes/programs/submitOnce.ts');
});
afterAll(() => rm(dirname(program), { recursive: true, force: true }));
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-crash-'));
  home = join(root, 'home');
});
afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 10 }));

const open = (): Promise<Core> => openCore({ ...workplace(), home, providers });

/** A job file with a workdir to copy, whose job leaves a line in `runs` each time it runs. */
async function jobFile(name: string): Promise<{ file: string; runs: string; marker: string }> {
  const folder = join(root, name);
  const work = join(folder, 'work');
  await mkdir(work, { recursive: true });
  for (let index = 0; index < 30; index += 1) await writeFile(join(work, `${index}.txt`), 'x'.repeat(10_000));
  const runs = join(folder, 'runs');
  const marker = `crash-${name}-${process.pid}`;
  const file = join(folder, 'a.job.yaml');
  const run = `echo ran >> '${runs}'; sleep 0.1`;
  await writeFile(
    file,
    `name: ${name}\nnum_nodes: 2\nworkdir: work\nenvs: {MARKER: ${marker}}\nrun: |\n  test $SKYPILOT_NODE_RANK = 1 || { ${run}; }\n`,
  );
  return { file, runs, marker };
}

function submitter(file: string) {
  const child = spawn(process.execPath, [program, home, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  return { child, ended, lines: createInterface(child.stdout) };
}

/** What must hold after any crash: one job or none, and nothing besides. Gives the number of jobs of that name. */
async function checkAfterwards(core: Core, name: string, runs: string, marker: string): Promise<number> {
  const jobs = core.jobs.list().filter((job) => job.name === name);
  expect(jobs.length).toBeLessThanOrEqual(1);
  for (const job of jobs) expect((await core.jobs.ended(job.id, never)).state).toBe('succeeded');
  await until('no process is left', () => processesWith(marker).length === 0);
  const ran = await readFile(runs, 'utf8').catch(() => '');
  expect(ran).toBe('ran\n'.repeat(jobs.length));
  const folders = await readdir(join(home, 'jobs'));
  expect(folders.sort()).toEqual(
    core.jobs
      .list()
      .map((job) => job.id)
      .sort(),
  );
  return jobs.length;
}

/** Park and Miller's generator: the same moments in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** How far a submit has come, seen by what it has made in the job's folder. */
const stages = [
  '',
  'job.json',
  'nodes/0/workdir',
  'nodes/1/workdir',
  'launcher',
  'run.sh',
  'claim',
  'nodes/0/pid',
];

function reached(stage: string): boolean {
  const jobs = join(home, 'jobs');
  return (existsSync(jobs) ? readdirSync(jobs) : []).some((id) => existsSync(join(jobs, id, stage)));
}

test.skipIf(!linux)(
  'killed at any moment of a submit, the next start shows one job or none, and nothing is left over',
  async () => {
    const next = random(20_261);
    // Cut off before and after the job existed, or this test says little. A computer that is busy may take more rounds to hit both.
    const both = ['settled 0', 'settled 1'];
    const outcomes: string[] = [];
    const enough = () => outcomes.length >= 24 && both.every((one) => outcomes.includes(one));
    for (let round = 0; round < 72 && !enough(); round += 1) {
      const stage = stages[round % stages.length] ?? '';
      const name = `round-${round}`;
      const { file, runs, marker } = await jobFile(name);
      const { child, ended, lines } = submitter(file);
      await once(lines, 'line');
      while (!reached(stage) && child.exitCode === null) await delay(0);
      if (stage !== 'claim') await delay(next() * 6);
      child.kill('SIGKILL');
      await ended;
      const place = workplace();
      const core = await openCore({ ...place, home, providers });
      try {
        const jobs = await checkAfterwards(core, name, runs, marker);
        const settled = place.log.lines.some((line) => line.includes('was cut off'));
        outcomes.push(`${settled ? 'settled' : 'whole'} ${jobs}`);
        for (const job of core.jobs.list()) await core.jobs.delete(job.id, never);
      } finally {
        core.dispose();
      }
    }
    expect(outcomes).toEqual(expect.arrayContaining(both));
  },
);

test.skipIf(!linux)('a submitter that dies is noticed by a window that is open', async () => {
  const core = await open();
  try {
    for (const pause of [2, 10, 25]) {
      const name = `seen-${pause}`;
      const { file, runs, marker } = await jobFile(name);
      const { child, ended, lines } = submitter(file);
      await once(lines, 'line');
      await until('the window sees the submission', () => core.jobs.list().some((job) => job.name === name));
      await delay(pause);
      child.kill('SIGKILL');
      await ended;
      await until('it is settled', () => {
        const job = core.jobs.list().find((one) => one.name === name);
        return job?.rawState !== 'submitting';
      });
      await checkAfterwards(core, name, runs, marker);
    }
  } finally {
    core.dispose();
  }
});

test('several processes submit at once, into a state folder that none of them has seen before', async () => {
  const files = await Promise.all(['a', 'b', 'c', 'd'].map((name) => jobFile(name)));
  const submitters = files.map(({ file }) => submitter(file));
  const ids = await Promise.all(
    submitters.map(async ({ lines, ended }) => {
      const said: string[] = [];
      lines.on('line', (line) => said.push(line));
      expect(await ended).toEqual([0, null]);
      return said.at(-1);
    }),
  );
  const core = await open();
  try {
    expect(
      core.jobs
        .list()
        .map((job) => job.id)
        .sort(),
    ).toEqual(ids.sort());
    for (const [index, { runs, marker }] of files.entries())
      expect(await checkAfterwards(core, ['a', 'b', 'c', 'd'][index] ?? '', runs, marker)).toBe(1);
  } finally {
    core.dispose();
  }
});
