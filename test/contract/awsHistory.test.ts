import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { JobStatus } from '../../src/core/trainingJob';
import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import { workplace } from '../fakes/workplace';
import { until } from '../fakes/until';
import { TestAws } from './awsHarness';
import { JobsUnderTest, never } from './jobsUnderTest';

const aws = new TestAws('us-east-1');
let ahead = 0;
const jobs = new JobsUnderTest(
  aws.harness((account) => new AwsTrainingJobs({ ...workplace(), now: () => Date.now() + ahead }, account)),
);

/** What a job in a machine of its own can see of this test: a port on which nobody listens until it is opened. */
class Gate {
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async make(): Promise<Gate> {
    const server = createServer((socket) => {
      socket.end();
    });
    const gate = new Gate(server, await listen(server, 0));
    await new Promise((done) => server.close(done));
    onTestFinished(() => {
      server.close();
    });
    return gate;
  }

  async open(): Promise<void> {
    await listen(this.server, this.port);
  }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeEach(() => {
  aws.aws.faults.end();
  ahead = 0;
});

test(
  'each node of a job that runs is in the phase that its launcher tells, setup and then run',
  { timeout: 60_000 },
  async () => {
    const [first, second] = [await Gate.make(), await Gate.make()];
    const job = await jobs.prepare(`num_nodes: 2
setup: |
  until (exec 3<>/dev/tcp/127.0.0.1/${first.port}) 2>/dev/null; do sleep 0.1; done
run: |
  until (exec 3<>/dev/tcp/127.0.0.1/${second.port}) 2>/dev/null; do sleep 0.1; done`);
    await job.submit();
    const phases = async () => {
      // As if all that time went by between two looks.
      ahead += 10_000;
      const { nodes } = await jobs.facet.status(job.id, job.folder, never);
      return nodes.map(({ phase }) => phase).join();
    };
    await until('both set up', async () => (await phases()) === 'setup,setup', 20_000);
    await first.open();
    await until('both run', async () => (await phases()) === 'run,run', 20_000);
    await second.open();
    expect((await jobs.end(job)).state).toBe('succeeded');
  },
);

test(
  'a spot job that is interrupted says so while it waits, and what happened when stays with it',
  { timeout: 60_000 },
  async () => {
    const job = await jobs.prepare(
      `run: |
  if [ -e ckpt/first ]; then exit 0; fi
  echo 1 >ckpt/first; sleep 600
trainyard: {checkpoint: {path: ckpt}, outputs: {ckpt: ckpt}}`,
      'resources: {infra: aws/us-east-1, use_spot: true}',
    );
    await job.submit();
    const seen: JobStatus[] = [];
    const watching = (async () => {
      for await (const status of jobs.facet.watch(job.id, job.folder, never)) seen.push(status);
    })();
    const live = aws.aws.trainingJobs.liveJob(job.id);
    await until(
      'a checkpoint is in S3',
      async () => {
        const { s3 } = aws.aws.clientsOf();
        const { KeyCount = 0 } = await s3.send(
          new ListObjectsV2Command({
            Bucket: 'sagemaker-us-east-1-123456789012',
            Prefix: `trainyard/jobs/${job.id}/checkpoints/first`,
          }),
        );
        return KeyCount > 0;
      },
      20_000,
    );
    live.interrupt();
    await watching;
    const end = seen.at(-1);
    expect(end).toMatchObject({ state: 'succeeded' });
    const steps = end?.steps?.map(({ kind, label }) => `${kind}: ${label}`) ?? [];
    expect(steps.filter((step) => step.startsWith('restart'))).toEqual([
      'restart: spot machines were taken away',
    ]);
    expect(steps.at(-1)).toBe('work: uploading outputs');
    const times = end?.steps?.flatMap(({ from, to = from }) => [from, to]) ?? [];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(end?.facts).toContainEqual({ label: 'Interruptions', value: '1' });
    // The folder of the checkpoints is an output too, as on any other machine.
    const outputs = await jobs.facet.outputs(job.id, job.folder, never);
    expect(outputs).toMatchObject([{ name: 'ckpt', files: [{ path: 'first' }] }]);
  },
);
