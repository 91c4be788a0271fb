import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobOutput } from '../../src/core/provider';
import { awsEnvironment } from '../fakes/aws/testAccount';
import { TestAws } from './awsHarness';

const aws = new TestAws('us-east-1');
let home = '';
let cli = '';

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trainyard-digits-'));
  cli = resolve('dist/cli.js');
});
afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 10 }));

/** The command line, with the environment of a person whose AWS is the fake. */
async function trainyard(...words: string[]): Promise<string> {
  const env = { ...process.env, ...awsEnvironment(aws.aws.url), TRAINYARD_HOME: home };
  const options = { env, maxBuffer: 64 << 20, cwd: resolve('samples/digits') };
  try {
    return (await promisify(execFile)(process.execPath, [cli, ...words], options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`trainyard ${words.join(' ')}\n${stderr}\n${stdout.slice(-4000)}`);
  }
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test(
  'the sample trains with torchrun on two hosts of SageMaker, as it is, from the command line',
  { timeout: 600_000 },
  async () => {
    expect(await trainyard('connections', 'add', 'aws', 'us-east-1')).toContain('aws/us-east-1');
    const words = ['--on', 'aws/us-east-1', '--env', 'EPOCHS=2', '--wait', '--yes', '--json'];
    const events = lines(await trainyard('submit', 'digits.job.yaml', ...words));
    const log = events.flatMap(({ event, text }) => (event === 'log' ? [String(text)] : [])).join('\n');
    expect(events.at(-1), log).toMatchObject({ event: 'ended', state: 'succeeded', exitCode: 0 });
    const id = String(events.find(({ event }) => event === 'submitted')?.job);
    expect(log).toMatch(/images\/s/);
    const metrics = JSON.parse(await trainyard('metrics', id, '--json')) as Record<
      string,
      { value: number }[]
    >;
    expect(metrics.loss?.length).toBeGreaterThan(1);
    expect(metrics.loss?.at(-1)?.value).toBeLessThan(metrics.loss?.[0]?.value ?? 0);
    expect(JSON.parse(await trainyard('jobs', '--json'))).toMatchObject([
      { id, nodes: 2, state: 'succeeded' },
    ]);
    expect(aws.aws.trainingJobs.names()).toEqual([id]);
    const raw = await trainyard('logs', id, '--node', '1');
    expect(raw).not.toBe('');
    // Its checkpoints are an output too, though SageMaker keeps them elsewhere.
    const outputs = JSON.parse(await trainyard('outputs', id, '--json')) as JobOutput[];
    const files = new Map(outputs.map((output) => [output.name, output.files.length]));
    expect(files.get('model'), log).toBeGreaterThan(0);
    expect(files.get('checkpoints'), log).toBeGreaterThan(0);

    const [model] = JSON.parse(
      await trainyard('outputs', id, 'model', '--download', '--json'),
    ) as JobOutput[];
    expect(model?.folder).toBe(join(home, 'jobs', id, 'outputs', 'model'));
    for (const { path, bytes } of model?.files ?? [])
      expect((await stat(join(model?.folder ?? '', path))).size).toBe(bytes);
  },
);
