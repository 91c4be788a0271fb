import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ensureMoto, motoEnvironment } from '../../scripts/python.mjs';
import { Rates } from '../../src/providers/aws/account/rates';
import { OwnRates } from '../../src/providers/aws/account/rateStore';
import { JobFeed } from '../../src/providers/aws/jobs/jobFeed';
import { JobFeeds, logs } from '../../src/providers/aws/jobs/logs';
import { cloudWatchLogs } from '../../src/providers/aws/jobs/logSource';
import { awsEnvironment, testAccount } from '../fakes/aws/testAccount';
import { bundle } from '../fakes/bundle';
import type { Bench } from './row';

const never = new AbortController().signal;
const pages = 200;
const events = pages * 10_000;
const job = 'digits-a1b2c3';

/** Pages of CloudWatch's log events, from a server in another thread, to the bytes of a job's log. */
export const bench: Bench = async () => {
  const server = new Worker(await bundle('test/bench/logPages.ts'), {
    workerData: { pages, stream: `${job}/algo-1-1700000000` },
  });
  try {
    const [port] = (await once(server, 'message')) as [number];
    const url = `http://127.0.0.1:${port}`;
    await ours(url);
    const seconds = await ours(url);
    await parsed(url);
    const limit = events / (await parsed(url)) / 1e6;
    await ensureMoto();
    const peer = botocore(url);
    return [
      {
        number: 6,
        metric: 'CloudWatch ingest: events to the bytes of a log',
        ours: events / seconds / 1e6,
        unit: 'M events/s',
        peer: { name: 'botocore, pages read only', value: events / peer / 1e6 },
        limit: `fetch and JSON.parse alone ${limit.toFixed(3)} M/s; AWS gives at most 0.05 M/s (5 calls of 10,000)`,
        target: { atLeast: 1.3 },
        note: `${events / 1e6} M events of 280 bytes, the second of two runs each; the server takes a core of its own`,
      },
    ];
  } finally {
    await server.terminate();
  }
};

/** Seconds. */
async function ours(url: string): Promise<number> {
  let clock = 0;
  // A clock on which every call has its turn at once.
  const rates = new Rates(
    new OwnRates(),
    () => (clock += 60_000),
    () => Promise.resolve(),
    () => undefined,
  );
  const account = testAccount(url, 'us-east-1', {}, rates);
  const life = () => Promise.resolve({ startedAt: 0, endedAt: 1_700_000_001_000, ran: true });
  const feeds = new JobFeeds((id) => new JobFeed(id, cloudWatchLogs(account), life, () => undefined));
  const before = performance.now();
  let bytes = 0;
  const stream = { node: 0, channel: 'log' } as const;
  for await (const chunk of logs(feeds, job, stream, undefined, never)) bytes += chunk.bytes.length;
  if (bytes < events * 50) throw new Error(`Only ${bytes} bytes came.`);
  return (performance.now() - before) / 1000;
}

/** Seconds that the pages alone take, with nothing done to them. */
async function parsed(url: string): Promise<number> {
  const before = performance.now();
  let count = 0;
  for (let nextToken: string | undefined = '0'; nextToken !== undefined;) {
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ nextToken }) });
    const page = (await answer.json()) as {
      readonly events: readonly unknown[];
      readonly nextToken?: string;
    };
    count += page.events.length;
    nextToken = page.nextToken;
  }
  if (count !== events) throw new Error(`Only ${count} events came.`);
  return (performance.now() - before) / 1000;
}

/** Seconds. */
function botocore(url: string): number {
  const program = `
import sys, time, boto3
client = boto3.client('logs')
token, count, start = {}, 0, None
for turn in range(2):
    start, count, token = time.time(), 0, {}
    while True:
        page = client.filter_log_events(logGroupName='/aws/sagemaker/TrainingJobs', logStreamNamePrefix=sys.argv[1], **token)
        count += len(page['events'])
        if 'nextToken' not in page: break
        token = {'nextToken': page['nextToken']}
print(time.time() - start)
`;
  const env = { ...process.env, ...awsEnvironment(url) };
  return Number(
    execFileSync(join(motoEnvironment(), 'bin/python3'), ['-c', program, `${job}/`], {
      env,
      encoding: 'utf8',
    }),
  );
}
