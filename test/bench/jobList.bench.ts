import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureMoto, motoEnvironment } from '../../scripts/python.mjs';
import { Connections } from '../../src/services/connections';
import { JobLists } from '../../src/services/jobs/jobLists';
import { awsProvider } from '../fakes/aws/awsProvider';
import { FakeAws } from '../fakes/aws/fakeAws';
import { FakeAwsJobs } from '../fakes/aws/fakeAwsJobs';
import { awsEnvironment } from '../fakes/aws/testAccount';
import { workplace } from '../fakes/workplace';
import { median, type Bench } from './row';

const never = new AbortController().signal;
const connection = 'aws/us-east-1';
const count = 5000;

/** The jobs of an account that has 5,000: from the file to the first rows, and what it takes to know of a change. */
export const bench: Bench = async () => {
  await ensureMoto();
  const aws = await FakeAws.start();
  const home = await mkdtemp(join(tmpdir(), 'trainyard-list-'));
  const made: JobLists[] = [];
  const context = { ...workplace(), home };
  const connections = new Connections([awsProvider(context, aws.url)]);
  const lists = (now = Date.now) => {
    const one = new JobLists({ home, connections, now });
    made.push(one);
    return one;
  };
  try {
    (await FakeAwsJobs.make(aws)).seedPast(count);
    await lists().refresh(connection, never);
    const times: number[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const fresh = lists();
      const before = performance.now();
      const { jobs } = await fresh.read(connection);
      times.push(performance.now() - before);
      if (jobs.length !== count) throw new Error(`Only ${jobs.length} jobs came.`);
    }
    const asked = aws.asked('ListTrainingJobs').length;
    await lists(() => Date.now() + 60_000).refresh(connection, never);
    const calls = aws.asked('ListTrainingJobs').length - asked;
    const peer = await botocore(aws.url);
    return [
      {
        number: 7,
        metric: '5,000 jobs: first rows from the cache',
        ours: median(times),
        unit: 'ms',
        peer: { name: 'boto3 paginator, all pages', value: peer.milliseconds },
        target: { atMost: 100 },
      },
      {
        number: 7,
        metric: '5,000 jobs: calls of a refresh',
        ours: calls,
        unit: 'calls',
        peer: { name: 'boto3 paginator', value: peer.calls },
        target: { atMost: 2 },
      },
    ];
  } finally {
    for (const one of made) one.dispose();
    connections.dispose();
    await aws.stop();
    await rm(home, { recursive: true, force: true });
  }
};

async function botocore(url: string): Promise<{ readonly milliseconds: number; readonly calls: number }> {
  const program = `
import json, time, boto3
pages = boto3.client('sagemaker').get_paginator('list_training_jobs')
start, calls, jobs = time.time(), 0, 0
for page in pages.paginate(SortBy='CreationTime', SortOrder='Descending', PaginationConfig={'PageSize': 100}):
    calls += 1
    jobs += len(page['TrainingJobSummaries'])
assert jobs == ${count}, jobs
print(json.dumps({'milliseconds': (time.time() - start) * 1000, 'calls': calls}))
`;
  const env = { ...process.env, ...awsEnvironment(url) };
  const python = join(motoEnvironment(), 'bin/python3');
  // The server is in this process: it goes on answering.
  const { stdout } = await promisify(execFile)(python, ['-c', program], { env });
  return JSON.parse(stdout) as {
    milliseconds: number;
    calls: number;
  };
}
