import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { abreast } from '../../src/lib/abreast';
import { openCore, type Core } from '../../src/services/core';
import { awsProvider } from '../fakes/aws/awsProvider';
import { actor, knowingHome } from '../fakes/aws/crashing';
import { submission } from '../fakes/aws/submitFile';
import { bundle } from '../fakes/bundle';
import { until } from '../fakes/until';
import { workplace } from '../fakes/workplace';
import { TestAws } from './awsHarness';

const never = new AbortController().signal;
const bucket = 'sagemaker-us-east-1-123456789012';
const aws = new TestAws('us-east-1');
let program = '';
let root = '';

beforeAll(async () => {
  program = await bundle('test/fakes/programs/awsOnce.ts');
});
afterAll(() => rm(dirname(program), { recursive: true, force: true }));
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-crash-'));
});
afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 10 }));

const open = (home: string): Promise<Core> => {
  const place = { ...workplace(), home };
  return openCore({ ...place, providers: [() => awsProvider(place, aws.aws.url)] });
};

const act = (home: string, at: number, verb: string, what: string) =>
  actor(program, [home, aws.aws.url, String(at), verb, what]);

const homeOf = (name: string, from?: string) => knowingHome(join(root, name, 'home'), from);

/** Keys of what is there, and of uploads in parts that nobody ended. */
async function inS3(): Promise<readonly string[]> {
  const { s3 } = aws.aws.clientsOf();
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return [...Contents.map(({ Key }) => Key ?? ''), ...Uploads.map(({ Key }) => `parts of ${Key ?? ''}`)];
}

async function jobFile(name: string, run: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(join(folder, 'work'), { recursive: true });
  await writeFile(join(folder, 'work', 'a.txt'), name);
  const file = join(folder, 'a.job.yaml');
  const lines = [
    `name: ${name}`,
    'workdir: work',
    'resources: {infra: aws/us-east-1}',
    'secrets: {KEY: hidden}',
  ];
  await writeFile(file, [...lines, `envs: {MARKER: ${name}-${process.pid}}`, `run: ${run}`, ''].join('\n'));
  return file;
}

const settled = (core: Core) =>
  until('it is settled', () => core.jobs.list().every((job) => job.rawState !== 'submitting'), 60_000);

/** Those of SageMaker whose name begins so. */
const made = (name: string) =>
  aws.aws.trainingJobs.names('us-east-1').filter((one) => one.startsWith(`${name}-`));

test(
  'killed at each await of a submit, the next start shows one job or none, and nothing is left in SageMaker or S3 that nobody claims',
  { timeout: 900_000 },
  async () => {
    // How many there are, when it is left alone; the bucket is there from then on.
    const first = await homeOf('whole');
    const whole = Number(await (await act(first, 0, 'submit', await jobFile('whole', 'cat a.txt')))());
    expect(whole).toBeGreaterThan(100);
    const before = await inS3();
    const rounds = 150;
    let jobs = 0;
    await abreast(4, [...Array(rounds).keys()], async (round) => {
      const name = `round-${round}`;
      const home = await homeOf(name, first);
      const at = 1 + Math.floor((whole * round) / rounds);
      await (
        await act(home, at, 'submit', await jobFile(name, 'cat a.txt'))
      )();
      const core = await open(home);
      try {
        await settled(core);
        const list = core.jobs.list();
        expect(list.length).toBeLessThanOrEqual(1);
        // SageMaker has it, and no other.
        expect(made(name)).toEqual(list.map(({ id }) => id));
        for (const { id } of list) {
          jobs += 1;
          expect((await core.jobs.ended(id, never)).state).toBe('succeeded');
          const own = (await inS3()).filter((key) => key.includes(id));
          expect(own).toContain(`trainyard/jobs/${id}/input/job.tar`);
          await core.jobs.delete(id, never);
        }
        // Of a job only the pack stays, where it was remembered: the next upload is built on it.
        const left = (await inS3()).filter((key) => key.includes(`${name}-`));
        expect(left.length).toBeLessThanOrEqual(list.length);
        for (const key of left) expect(key).toMatch(/^trainyard\/packs\//);
        expect(await readdir(join(home, 'jobs')).catch(() => [])).toEqual([]);
      } finally {
        core.dispose();
      }
    });
    // Cut off before and after the job existed, or this test says little.
    expect(jobs).toBeGreaterThan(5);
    expect(jobs).toBeLessThan(rounds - 20);
    expect(before.every((key) => key.includes('whole-'))).toBe(true);
  },
);

test(
  'killed at each await of a stop, the job is stopped or runs on, and the next stop ends it with the first reason that was kept',
  { timeout: 600_000 },
  async () => {
    const first = await homeOf('stopped');
    // That it is submitted is the other test's matter: no process of its own for that.
    const submit = async (name: string, home: string) => {
      const core = await open(home);
      try {
        const { id } = await (await submission(core, await jobFile(name, 'sleep 100'), never))();
        return id;
      } finally {
        core.dispose();
      }
    };
    const whole = Number(await (await act(first, 0, 'stop', await submit('stopped', first)))());
    const rounds = 50;
    const reasons = new Map<string, number>();
    await abreast(4, [...Array(rounds).keys()], async (round) => {
      const name = `stop-${round}`;
      const home = await homeOf(name, first);
      const id = await submit(name, home);
      await (
        await act(home, 1 + Math.floor((whole * round) / rounds), 'stop', id)
      )();
      const core = await open(home);
      try {
        await core.jobs.stop(id, 'Again.', never);
        const { state, exit } = await core.jobs.ended(id, never);
        expect(state).toBe('stopped');
        expect(made(name)).toEqual([id]);
        reasons.set(exit?.reason ?? '', (reasons.get(exit?.reason ?? '') ?? 0) + 1);
        await core.jobs.delete(id, never);
        expect(
          (await inS3()).filter((key) => key.includes(id) && !key.startsWith('trainyard/packs/')),
        ).toEqual([]);
      } finally {
        core.dispose();
      }
    });
    expect([...reasons.keys()].sort()).toEqual(['Again.', 'Enough.']);
  },
);

test(
  'two windows that submit one file at once make two jobs, and one that is killed takes nothing from the other',
  { timeout: 300_000 },
  async () => {
    const first = await homeOf('windows');
    const whole = Number(await (await act(first, 0, 'submit', await jobFile('windows', 'cat a.txt')))());
    const rounds = 8;
    const jobs: number[] = [];
    await abreast(4, [...Array(rounds).keys()], async (round) => {
      const name = `both-${round}`;
      const home = await homeOf(name, first);
      const file = await jobFile(name, 'cat a.txt');
      const at = round === 0 ? 0 : 1 + Math.floor((whole * round) / rounds);
      const windows = await Promise.all([act(home, 0, 'submit', file), act(home, at, 'submit', file)]);
      await Promise.all(windows.map((go) => go()));
      const core = await open(home);
      try {
        await settled(core);
        const list = core.jobs.list().map(({ id }) => id);
        expect(made(name).toSorted()).toEqual(list.toSorted());
        jobs.push(list.length);
        for (const id of list) expect((await core.jobs.ended(id, never)).state).toBe('succeeded');
        const packs = (await inS3()).filter((key) => key.includes(`${name}-`) && key.includes('/packs/'));
        expect(packs.length).toBeLessThanOrEqual(list.length);
        for (const id of list) await core.jobs.delete(id, never);
        // At most what the next upload is built on.
        expect((await inS3()).filter((key) => key.includes(`${name}-`)).length).toBeLessThanOrEqual(1);
      } finally {
        core.dispose();
      }
    });
    expect(jobs.sort().at(0)).toBe(1);
    expect(jobs.at(-1)).toBe(2);
  },
);
