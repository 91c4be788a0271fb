import { createServer } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * What reads a job's log from CloudWatch Logs, on 127.0.0.1, in a thread of its own: `pages` pages of 10,000 events each, lines of one container
 * with a mark after each thousand. Posts its port. We ask by FilterLogEvents, SageMaker's own SDK by GetLogEvents.
 */
const { pages, stream } = workerData as { readonly pages: number; readonly stream: string };

const linesInBlock = 999;
const blocks = 10;
const line = 'epoch 12 step 3456 loss=0.123456 acc=0.987654 lr=0.000300 tokens/s=123456.7 gpu=98% mem=71%';
const event = (message: string, id: number) =>
  JSON.stringify({
    logStreamName: stream,
    timestamp: 1_700_000_000_000,
    ingestionTime: 1_700_000_001_000,
    message,
    eventId: String(id).padStart(56, '3'),
  });
const block = Buffer.from(Array.from({ length: linesInBlock }, (_, i) => event(line, i)).join(','));
const bytesInBlock = linesInBlock * (line.length + 1);

function page(number: number): Buffer {
  const pieces: Buffer[] = [Buffer.from('{"events":[')];
  for (let i = 0; i < blocks; i++) {
    const log = (number * blocks + i + 1) * bytesInBlock;
    const end = isLast(number) && i === blocks - 1;
    const mark = `##trainyard {"kind":"sent","node":0,"log":${log},"telemetry":0${end ? ',"end":true' : ''}}`;
    pieces.push(Buffer.from(i === 0 ? '' : ','), block, Buffer.from(`,${event(mark, i)}`));
  }
  const token = isLast(number) ? '' : `,"nextToken":"${number + 1}"`;
  pieces.push(Buffer.from(`],"searchedLogStreams":[],"nextForwardToken":"${number + 1}"${token}}`));
  return Buffer.concat(pieces);
}

function isLast(number: number): boolean {
  return number === pages - 1;
}

/** A job that has ended, and its one stream. */
const answers: Readonly<Record<string, unknown>> = {
  'SageMaker.DescribeTrainingJob': {
    TrainingJobStatus: 'Completed',
    ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 30 },
  },
  'Logs_20140328.DescribeLogStreams': { logStreams: [{ logStreamName: stream }] },
};
const noEvents = { events: [], nextForwardToken: String(pages) };

function answer(target: string, text: string): Buffer | string {
  if (Object.hasOwn(answers, target)) return JSON.stringify(answers[target]);
  const { nextToken = '0' } = JSON.parse(text) as { nextToken?: string };
  const number = Number(nextToken);
  return number < pages ? page(number) : JSON.stringify(noEvents);
}

const server = createServer((request, response) => {
  let text = '';
  request.on('data', (bytes: Buffer) => (text += bytes.toString()));
  request.on('end', () => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(answer(String(request.headers['x-amz-target']), text));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  parentPort?.postMessage(typeof address === 'object' ? address?.port : undefined);
});
