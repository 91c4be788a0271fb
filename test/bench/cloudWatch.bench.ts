import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ensureMoto, ensureSagemaker, motoEnvironment, sagemakerEnvironment } from '../../scripts/python.mjs';
import { Rates } from '../../src/providers/aws/account/rates';
import { OwnRates } from '../../src/providers/aws/account/rateStore';
import { JobFeed } from '../../src/providers/aws/jobs/logs/jobFeed';
import { JobFeeds, logs } from '../../src/providers/aws/jobs/logs/logs';
import { cloudWatchLogs } from '../../src/providers/aws/jobs/logs/logSource';
import { awsEnvironment, testAccount } from '../fakes/aws/testAccount';
import { bundle } from '../fakes/bundle';
import type { Bench } from './row';

const never = new AbortController().signal;
const pages = 100;
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
    await ensureMoto();
    await ensureSagemaker();
    await ours(url);
    const own = await timed(() => ours(url));
    await parsed(url);
    const limit = await timed(() => parsed(url));
    const peer = botocore(url);
    const sdk = sagemakerSdk(url);
    const cpu = `of one core’s time ours ${perSecond(own.cpu).toFixed(3)}, fetch and JSON.parse alone ${perSecond(limit.cpu).toFixed(3)}, botocore ${perSecond(peer.cpu).toFixed(3)}, sagemaker ${perSecond(sdk.cpu).toFixed(3)} M events/s`;
    return [
      {
        number: 6,
        metric: 'CloudWatch ingest: events to the bytes of a log',
        ours: perSecond(own.wall),
        unit: 'M events/s',
        peer: { name: 'botocore, pages read only', value: perSecond(peer.wall) },
        limit: `fetch and JSON.parse alone ${perSecond(limit.wall).toFixed(3)} M/s; AWS gives at most 0.05 M/s (5 calls of 10,000)`,
        target: { atLeast: 1.3 },
        note: `${events / 1e6} M events of 280 bytes, the second of two runs each; ${cpu}`,
      },
      {
        number: 6,
        metric: 'CloudWatch ingest: the same, beside SageMaker’s own SDK',
        ours: perSecond(own.wall),
        unit: 'M events/s',
        peer: { name: 'sagemaker 2.257.7, logs_for_job', value: perSecond(sdk.wall) },
        note: 'its output goes nowhere; one run, as it takes so long',
      },
    ];
  } finally {
    await server.terminate();
  }
};

/** Seconds. */
interface Took {
  readonly wall: number;
  /** Of the thread that reads. */
  readonly cpu: number;
}

/** M events. */
function perSecond(seconds: number): number {
  return events / seconds / 1e6;
}

async function timed(work: () => Promise<void>): Promise<Took> {
  const before = performance.now();
  const used = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(used);
  return { wall: (performance.now() - before) / 1000, cpu: (user + system) / 1e6 };
}

async function ours(url: string): Promise<void> {
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
  let bytes = 0;
  const stream = { node: 0, channel: 'log' } as const;
  for await (const chunk of logs(feeds, job, stream, undefined, never)) bytes += chunk.bytes.length;
  if (bytes < events * 50) throw new Error(`Only ${bytes} bytes came.`);
}

/** The pages alone, with nothing done to them. */
async function parsed(url: string): Promise<void> {
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
}

function botocore(url: string): Took {
  return python(
    motoEnvironment(),
    url,
    `
import json, sys, time, boto3
client = boto3.client('logs')
for turn in range(2):
    start, used, count, token = time.time(), time.process_time(), 0, {}
    while True:
        page = client.filter_log_events(logGroupName='/aws/sagemaker/TrainingJobs', logStreamNamePrefix=sys.argv[1] + '/', **token)
        count += len(page['events'])
        if 'nextToken' not in page: break
        token = {'nextToken': page['nextToken']}
print(json.dumps({'wall': time.time() - start, 'cpu': time.process_time() - used, 'count': count}))
`,
  );
}

/** It prints the log: lines are counted in place of that. */
function sagemakerSdk(url: string): Took {
  return python(
    sagemakerEnvironment(),
    url,
    `
import io, json, logging, sys, time
logging.disable(logging.INFO)
import sagemaker
class Lines(io.TextIOBase):
    count = 0
    def write(self, text): self.count += text.count('\\n')
session, out, sys.stdout = sagemaker.Session(), sys.stdout, Lines()
start, used = time.time(), time.process_time()
session.logs_for_job(sys.argv[1])
print(json.dumps({'wall': time.time() - start, 'cpu': time.process_time() - used, 'count': sys.stdout.count}), file=out)
`,
  );
}

/** Runs a program on the job's name, and checks that it saw all of its log. */
function python(environment: string, url: string, program: string): Took {
  const env = { ...process.env, ...awsEnvironment(url), SAGEMAKER_SUPPRESS_V2_WARNING: '1' };
  const text = execFileSync(join(environment, 'bin/python3'), ['-c', program, job], {
    env,
    encoding: 'utf8',
  });
  const { count, ...took } = JSON.parse(text) as Took & { readonly count: number };
  if (count < events) throw new Error(`Only ${count} events came.`);
  return took;
}
