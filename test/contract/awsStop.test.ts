import { beforeEach, expect, test } from 'vitest';
import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import { workplace } from '../fakes/workplace';
import { until } from '../fakes/until';
import { TestAws } from './awsHarness';
import { JobsUnderTest, never } from './jobsUnderTest';

const aws = new TestAws('us-east-1');
const jobs = new JobsUnderTest(aws.harness((account) => new AwsTrainingJobs(workplace(), account)));

beforeEach(() => {
  aws.aws.faults.end();
  aws.aws.trainingJobs.lateMs = 0;
});

const stopped = () => aws.aws.asked('StopTrainingJob').length;

test('a job that SageMaker does not know yet is stopped once it does', async () => {
  const job = await jobs.prepare('run: sleep 600');
  aws.aws.trainingJobs.lateMs = 2500;
  await job.submit();
  await jobs.facet.stop(job.id, job.folder, 'Not this one.', never);
  expect(await jobs.end(job)).toMatchObject({ state: 'stopped', exit: { reason: 'Not this one.' } });
  await jobs.nothingRuns();
});

test('a stop while another window is asking for the job waits for it', async () => {
  const job = await jobs.prepare('run: sleep 600');
  aws.aws.faults.begin({ kind: 'delay', ms: 1500, of: ({ operation }) => operation === 'CreateTrainingJob' });
  const submitted = job.submit();
  await until('SageMaker is asked', () =>
    aws.aws.asked('CreateTrainingJob').some(({ body }) => body.includes(job.id)),
  );
  const other = new AwsTrainingJobs(workplace(), aws.account());
  await other.stop(job.id, job.folder, 'From elsewhere.', never);
  await submitted;
  expect(await jobs.end(job)).toMatchObject({ state: 'stopped', exit: { reason: 'From elsewhere.' } });
});

test('of many stops at once the first reason stays, and a job that ended meanwhile is left as it is', async () => {
  const job = await jobs.prepare('run: sleep 600');
  await job.submit();
  await jobs.facet.stop(job.id, job.folder, 'first', never);
  await Promise.all(['second', 'third'].map((why) => jobs.facet.stop(job.id, job.folder, why, never)));
  expect(await jobs.end(job)).toMatchObject({ state: 'stopped', exit: { reason: 'first' } });

  const short = await jobs.prepare('run: sleep 0.5');
  await short.submit();
  aws.aws.faults.begin({ kind: 'delay', ms: 6000, of: ({ operation }) => operation === 'StopTrainingJob' });
  const [end] = await Promise.all([
    jobs.end(short),
    jobs.facet.stop(short.id, short.folder, 'too late', never),
  ]);
  expect(end.state).toBe('succeeded');
  aws.aws.faults.end();
  const before = stopped();
  await jobs.facet.stop(short.id, short.folder, 'much too late', never);
  expect(stopped()).toBe(before);
});

test('where the answer to the stop is lost, it is stopped', async () => {
  const job = await jobs.prepare('run: sleep 600');
  await job.submit();
  aws.aws.faults.begin({ kind: 'lost', times: 1, of: ({ operation }) => operation === 'StopTrainingJob' });
  await jobs.facet.stop(job.id, job.folder, 'once', never);
  expect(await jobs.end(job)).toMatchObject({ state: 'stopped', exit: { reason: 'once' } });
});

test('of what never was a job there is nothing to stop, and nobody waits for it', async () => {
  const job = await jobs.prepare('run: echo');
  await expect(jobs.facet.stop(job.id, job.folder, 'why', never)).rejects.toMatchObject({ kind: 'notFound' });
});
