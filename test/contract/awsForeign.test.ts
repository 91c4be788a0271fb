import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { beforeAll, expect, test } from 'vitest';
import { ProviderError } from '../../src/core/errors';
import type { TrainingJob } from '../../src/core/trainingJob';
import type { Core } from '../../src/services/core';
import { awsProvider } from '../fakes/aws/awsProvider';
import { FakeAwsJobs } from '../fakes/aws/fakeAwsJobs';
import { never, StateFolder } from '../fakes/stateFolder';
import { until } from '../fakes/until';
import { TestAws } from './awsHarness';

const connection = 'aws/us-east-1';
const aws = new TestAws('us-east-1');
const state = new StateFolder();
const elsewhereState = new StateFolder();
let jobs: FakeAwsJobs;

beforeAll(async () => {
  jobs = await FakeAwsJobs.make(aws.aws);
});

const open = () => state.open([(context) => awsProvider(context, aws.aws.url)]);

async function text(core: Core, job: TrainingJob, node: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of core.logs.raw(job, node, { follow: true }, never)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test(
  'a job that others started is followed live, on all nodes, each line as it was printed, and read from its log later',
  { timeout: 120_000 },
  async () => {
    const ResourceConfig = { InstanceType: 'ml.g5.xlarge', InstanceCount: 2, VolumeSizeInGB: 30 } as const;
    const script = `echo "begun {}"; echo '##trainyard {"kind":"bytes"}'; for n in 1 2 3; do echo "line $n"; done; sleep 4; echo "last ü"`;
    const more = { HyperParameters: { epochs: '3', api_key: 'hidden' }, Environment: { MODE: 'fast' } };
    await jobs.create('Their-Job-2026', script, { ResourceConfig, ...more });
    const core = await open();
    const job = await core.jobs.adopt(connection, 'Their-Job-2026', never);
    expect(job).toMatchObject({ platformId: 'Their-Job-2026', name: 'Their-Job-2026' });
    expect(job.spec).toMatchObject({
      num_nodes: 2,
      envs: { epochs: '3', MODE: 'fast' },
      secrets: ['api_key'],
    });
    const reader = await core.logs.open(job, 1);
    await until('its lines are there while it runs', () => reader.lineCount() >= 5);
    reader.dispose();
    await until('it has ended', () => core.jobs.get(job.id)?.state === 'succeeded', 60_000);
    const expected = 'begun {}\n##trainyard {"kind":"bytes"}\nline 1\nline 2\nline 3\nlast ü\n';
    const ended = core.jobs.get(job.id) ?? job;
    expect(await Promise.all([text(core, ended, 0), text(core, ended, 1)])).toEqual([expected, expected]);
    expect(ended.facts?.map(({ label }) => label)).toContain('SageMaker');
    // From the copy, in another window.
    const asked = aws.aws.asked('FilterLogEvents').length;
    expect(await text(await open(), ended, 1)).toBe(expected);
    expect(aws.aws.asked('FilterLogEvents').length).toBe(asked);
    // A log that is fetched at once long after has the times at which its lines were printed.
    const elsewhere = await elsewhereState.open([(context) => awsProvider(context, aws.aws.url)]);
    const adopted = await elsewhere.jobs.adopt(connection, 'Their-Job-2026', never);
    const whole = await elsewhere.logs.open(adopted, 0);
    await until('its log is there', () => whole.ended, 60_000);
    const times = (await whole.lines(0, 10)).map(({ t = NaN }) => t);
    expect(times).toHaveLength(6);
    expect((times[5] ?? NaN) - (times[4] ?? NaN)).toBeGreaterThanOrEqual(3000);
    expect(times[5]).toBeLessThanOrEqual(ended.endedAt ?? 0);
    whole.dispose();
  },
);

test(
  'what CloudWatch measured of a job that others started is in its charts',
  { timeout: 60_000 },
  async () => {
    const created = Date.now() / 1000 - 7200;
    const request = {
      ...jobs.request('measured'),
      ResourceConfig: { InstanceType: 'ml.g5.12xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
      AlgorithmSpecification: {
        TrainingImage: 'image',
        TrainingInputMode: 'File',
        MetricDefinitions: [{ Name: 'loss', Regex: 'loss=(.*)' }],
      },
    } as const;
    const end = (job: { started: number | undefined; modified: number; ended: number | undefined }) => {
      job.started = created + 60;
      job.modified = job.ended = created + 1800;
    };
    aws.aws.trainingJobs.seed(
      'us-east-1',
      request as unknown as ReturnType<FakeAwsJobs['request']>,
      (job) => {
        job.end('Completed', 'Completed', 'Training job completed');
        end(job);
      },
      created,
    );
    const datum = (name: string, dimension: string, value: string, minute: number, Value: number) => ({
      MetricName: name,
      Dimensions: [{ Name: dimension, Value: value }],
      Timestamp: new Date((Math.floor(created / 60) + minute) * 60_000),
      Value,
    });
    const host = (name: string, minute: number, value: number) =>
      datum(name, 'Host', 'measured/algo-1', minute, value);
    await aws.aws.clientsOf().cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: '/aws/sagemaker/TrainingJobs',
        MetricData: [2, 3, 4].flatMap((minute) => [
          host('GPUUtilization', minute, 4 * 80),
          host('GPUMemoryUtilization', minute, 4 * 50),
          host('CPUUtilization', minute, 48 * 25),
          host('MemoryUtilization', minute, 50),
          host('DiskUtilization', minute, 12),
          datum('loss', 'TrainingJobName', 'measured', minute, 1 / minute),
        ]),
      }),
    );
    const core = await open();
    const job = await core.jobs.adopt(connection, 'measured', never);
    const metrics = await core.metrics.open(job);
    await until('the job’s own metric, the last of them, is there', () => metrics.find('loss', 0));
    const found = Object.fromEntries(metrics.series().map(({ key, last, unit }) => [key, `${last} ${unit}`]));
    expect(found).toMatchObject({
      'gpu.0.util': '80 %',
      'gpu.0.memUsed': `${12 * 2 ** 30} B`,
      'host.cpu': '25 %',
      'host.memUsed': `${96 * 2 ** 30} B`,
      'host.diskUse': '12 %',
      loss: '0.25 ',
    });
    // CloudWatch has only the sum over its four GPUs.
    const gpu = { index: 0, of: 4, name: 'A10G', memTotal: 24 * 2 ** 30 };
    expect(metrics.hardware()).toMatchObject([{ node: 0, gpus: [gpu] }]);
    metrics.dispose();
  },
);

test(
  '5,000 jobs are listed page by page, through throttling and a cut, and then with one call',
  { timeout: 120_000 },
  async () => {
    jobs.seedPast(5000);
    const known = aws.aws.trainingJobs.names().length;
    const core = await open();
    const asked = () => aws.aws.asked('ListTrainingJobs').length;
    const list = (request: { operation: string }) => request.operation === 'ListTrainingJobs';
    aws.aws.faults.begin({ kind: 'throttled', of: list, times: 2 });
    const cut = new AbortController();
    const watching = core.jobLists.onDidChange(() => {
      if (core.jobLists.seen(connection).jobs.length >= 2000) cut.abort();
    });
    await expect(core.jobLists.refresh(connection, cut.signal)).rejects.toThrow('Cancelled');
    watching.dispose();
    const half = asked();
    const other = await open();
    expect((await other.jobLists.read(connection)).jobs.length).toBeGreaterThanOrEqual(2000);
    await other.jobLists.refresh(connection, never);
    expect(other.jobLists.seen(connection)).toMatchObject({ whole: true, loading: false });
    expect(other.jobLists.seen(connection).jobs).toHaveLength(known);
    // It went on where it was.
    expect(asked() - half).toBeLessThan(35);

    await jobs.create('a-new-one', 'true');
    await jobs.end('a-new-one');
    const before = asked();
    await until('the new one is listed', async () => {
      await other.jobLists.refresh(connection, never);
      return other.jobLists.seen(connection).jobs[0]?.id === 'a-new-one';
    });
    expect(asked() - before).toBeLessThanOrEqual(2);
    const third = await open();
    expect((await third.jobLists.read(connection)).jobs).toHaveLength(known + 1);
    aws.aws.trainingJobs.lose('past-7');
    await expect(third.jobs.adopt(connection, 'past-7', never)).rejects.toBeInstanceOf(ProviderError);
  },
);
