import type { CloudWatchLogsClient, InputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

export const logGroup = '/aws/sagemaker/TrainingJobs';

/** Bytes of an event's text: 256 KiB less what CloudWatch counts for the event itself. A longer line becomes several events. */
const longest = 262_118;
/** Of one call: 1 MiB, in which each event counts 26 bytes more. */
const callBytes = 1_048_576;
const callEvents = 10_000;
const lineFeed = 10;

/**
 * Puts a container's output into CloudWatch Logs as SageMaker's agent does, with what it loses: an event is a line without its end, empty
 * lines are no events, and bytes that are not UTF-8 become U+FFFD.
 */
export class LogAgent {
  private waiting: InputLogEvent[] = [];
  private over = false;
  private readonly putting: Promise<void>;

  constructor(
    private readonly client: CloudWatchLogsClient,
    private readonly stream: string,
    output: Readable,
    private readonly everyMs: () => number,
  ) {
    const reading = this.read(output).finally(() => (this.over = true));
    this.putting = Promise.all([reading, this.put()]).then(() => undefined);
  }

  /** Settles once all has been put. */
  done(): Promise<void> {
    return this.putting;
  }

  private async read(output: Readable): Promise<void> {
    let rest: Buffer[] = [];
    for await (const piece of output) {
      let from = 0;
      const bytes = piece as Buffer;
      for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, from)) {
        rest.push(bytes.subarray(from, end));
        this.line(Buffer.concat(rest));
        rest = [];
        from = end + 1;
      }
      rest.push(bytes.subarray(from));
    }
    this.line(Buffer.concat(rest));
  }

  private line(bytes: Buffer): void {
    for (let from = 0; from < bytes.length;) {
      let end = Math.min(from + longest, bytes.length);
      // Not inside of a character.
      while (end < bytes.length && end > from + longest - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
      this.waiting.push({ timestamp: Date.now(), message: bytes.toString('utf8', from, end) });
      from = end;
    }
  }

  private async put(): Promise<void> {
    const [logGroupName, logStreamName] = [logGroup, this.stream];
    await this.client.send(new CreateLogGroupCommand({ logGroupName })).catch((error: unknown) => {
      // Made by the region's first job.
      if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    });
    await this.client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    for (;;) {
      const last = this.over;
      while (this.waiting.length > 0) {
        const logEvents = this.batch();
        await this.client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
      }
      if (last) return;
      for (let waited = 0; waited < this.everyMs() && !this.over; waited += 20) await delay(20);
    }
  }

  private batch(): InputLogEvent[] {
    let [count, bytes] = [0, 0];
    for (const { message = '' } of this.waiting) {
      bytes += Buffer.byteLength(message) + 26;
      if (count === callEvents || (count > 0 && bytes > callBytes)) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }
}
