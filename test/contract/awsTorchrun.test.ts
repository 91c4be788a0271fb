import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import { agreed, readJob } from '../fakes/jobSpec';
import { workplace } from '../fakes/workplace';
import { TestAws } from './awsHarness';
import { JobsUnderTest, never } from './jobsUnderTest';

const aws = new TestAws('us-east-1');
const jobs = new JobsUnderTest(aws.harness((account) => new AwsTrainingJobs(workplace(), account)));

test('the sample trains with torchrun over two instances, as it is', { timeout: 280_000 }, async () => {
  const file = resolve('samples/digits/digits.job.yaml');
  const text = (await readFile(file, 'utf8'))
    .replace('  cpus: 1+', '  infra: aws/us-east-1\n  cpus: 1+')
    .replace('  EPOCHS: 20', `  EPOCHS: 1\n  MARKER: ${jobs.marker}`);
  const { spec, secrets } = readJob(text);
  const prepared = await jobs.prepare('run: echo');
  const submission = { ...prepared.submission, spec, secrets, baseFolder: dirname(file) };
  const [offer] = await jobs.facet.plan(spec, never);
  if (!offer) throw new Error('No offer');
  await jobs.facet.submit(submission, await agreed(spec, offer), never);
  const end = await jobs.end(prepared);
  const logs = await Promise.all([0, 1].map(async (rank) => (await jobs.log(prepared, rank)).toString()));
  expect(end, logs.join('\n')).toMatchObject({ state: 'succeeded' });
  expect(logs[0]).toMatch(/images\/s/);
  const outputs = await jobs.facet.outputs(prepared.id, prepared.folder, never);
  expect(outputs.map(({ name }) => name)).toContain('model');
  await jobs.nothingRuns();
});
