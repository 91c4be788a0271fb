import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, messageOf, ProviderError } from '../../../core/errors';
import type { Log } from '../../../core/log';
import type { LogChunk, LogStreamId } from '../../../core/provider';
import { hasEnded, type JobStatus } from '../../../core/trainingJob';
import type { AwsAccount } from '../account/account';
import { JobFeed } from './logs/jobFeed';
import { hostTelemetry } from './logs/hostTelemetry';
import { JobWords } from './jobWords';
import { isLaunched } from './launched';
import { cloudWatchLogs, type LogSource } from './logs/logSource';
import { JobFeeds, logs } from './logs/logs';
import { awaitedEnds } from './logs/nodeEnds';
import { NodePhases } from './logs/nodePhases';
import { Objects } from './storage/objects';
import { PlainFeed } from './logs/plainFeed';
import type { PlainReader } from './logs/plainReader';
import { feedTimes, type JobLife } from './logs/polledFeed';
import { jobKeys, readPlace } from './place';
import { hasRun, stateOf } from './states';
import { statusFrom } from './status';

/** Milliseconds between two looks while a job changes, and after it has not for long. */
const firstPause = 1000;
const longestPause = 15_000;
/** Milliseconds for which the nodes' last words are waited for after SageMaker said that the job has ended. */
const lastWords = 20_000;

export interface FollowParts {
  readonly account: AwsAccount;
  readonly log: Log;
  readonly now: () => number;
}

/** How jobs are and what they print: what SageMaker and CloudWatch say, put together. */
export class FollowedJobs {
  private readonly words: JobWords;
  private readonly source: LogSource;
  private readonly feeds: JobFeeds;
  private readonly phases: NodePhases;
  /** Of jobs without our launcher. */
  private readonly plainFeeds: JobFeeds<PlainReader>;
  private readonly launched = new Map<string, boolean>();
  private readonly folders = new Map<string, string>();

  constructor(private readonly parts: FollowParts) {
    this.words = new JobWords(parts.account, parts.now);
    this.source = cloudWatchLogs(parts.account);
    this.phases = new NodePhases(this.source, parts.now);
    this.feeds = new JobFeeds((id) => {
      const life = (soon: boolean, signal: AbortSignal) => this.life(id, soon ? 1000 : 4000, signal);
      return new JobFeed(id, this.source, life, (problem) => {
        parts.log.warn(problem);
      });
    });
    this.plainFeeds = new JobFeeds<PlainReader>(
      (id) =>
        new PlainFeed(id, this.source, (signal) => this.life(id, 2000, signal), {
          ...feedTimes,
          lastWord: lastWords,
        }),
    );
  }

  /** Throws `notFound` where there is no such job. */
  async status(id: string, folder: string, signal: AbortSignal): Promise<JobStatus> {
    return this.statusOf(await this.known(id, folder, signal), id, folder, false, signal);
  }

  /** Its status now and after each change, up to the one in which it has ended. */
  async *watch(id: string, folder: string, signal: AbortSignal): AsyncGenerator<JobStatus> {
    const release = this.words.follow(id);
    let last: string | undefined;
    let pause = firstPause;
    let sawRun = false;
    try {
      let job = await this.known(id, folder, signal);
      for (;;) {
        const status = await this.statusOf(job, id, folder, sawRun, signal);
        sawRun = true;
        const text = JSON.stringify(status);
        if (text !== last) {
          last = text;
          pause = firstPause;
          yield status;
        }
        if (hasEnded(status.state)) return;
        await rest(pause, signal);
        job = await this.words.get(id, folder, pause / 2, signal);
        pause = Math.min(longestPause, pause * 1.2);
      }
    } finally {
      release();
    }
  }

  async *logs(
    id: string,
    folder: string,
    stream: LogStreamId,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<LogChunk> {
    this.folders.set(id, folder);
    if (await this.isLaunched(id, folder, signal)) {
      yield* logs(this.feeds, id, stream, from, signal);
    } else if (stream.channel === 'log') {
      yield* logs(this.plainFeeds, id, stream, from, signal);
    } else {
      const { account, now } = this.parts;
      const job = (given: AbortSignal) => this.words.get(id, folder, 30_000, given);
      yield* hostTelemetry({ account, now, job, wait: rest }, stream.node, from, signal);
    }
  }

  /** Whether our launcher is in its containers. That never changes. */
  private async isLaunched(id: string, folder: string, signal: AbortSignal): Promise<boolean> {
    const known = this.launched.get(id);
    if (known !== undefined) return known;
    // What has a place of its own was submitted here.
    const launched =
      (await readPlace(folder)) !== undefined || isLaunched(await this.known(id, folder, signal));
    this.launched.set(id, launched);
    return launched;
  }

  /** What SageMaker says of it; a job that was just made is waited for. */
  private async known(id: string, folder: string, signal: AbortSignal): Promise<DescribeTrainingJobResponse> {
    for (let pause = 500; ; pause *= 2) {
      try {
        return await this.words.get(id, folder, 0, signal);
      } catch (error) {
        if (!(error instanceof ProviderError && error.kind === 'unavailable') || pause > 8000) throw error;
        await rest(pause, signal);
      }
    }
  }

  private async statusOf(
    job: DescribeTrainingJobResponse,
    id: string,
    folder: string,
    sawRun: boolean,
    signal: AbortSignal,
  ): Promise<JobStatus> {
    const ended = hasEnded(stateOf(job.TrainingJobStatus, job.SecondaryStatus));
    if (!isLaunched(job)) return statusFrom(job, { ends: new Map() });
    if (!ended) {
      const phases = job.SecondaryStatus === 'Training' ? { phases: await this.phases.of(job, signal) } : {};
      return statusFrom(job, { ends: new Map(), ...phases });
    }
    this.phases.forget(id);
    const waiting = { patience: lastWords, sawRun, now: this.parts.now, rest };
    const ends = hasRun(job) ? await awaitedEnds(this.source, job, waiting, signal) : new Map<never, never>();
    const stopReason = await this.stopReason(id, folder, signal);
    return statusFrom(job, { ends, ...(stopReason !== undefined && { stopReason }) });
  }

  private async stopReason(id: string, folder: string, signal: AbortSignal): Promise<string | undefined> {
    const place = await readPlace(folder);
    if (!place) return undefined;
    try {
      return await new Objects(this.parts.account, place).text(jobKeys.stop(id), signal);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      this.parts.log.warn(`Why ${id} was stopped can’t be read: ${messageOf(error)}`);
      return undefined;
    }
  }

  private async life(id: string, age: number, signal: AbortSignal): Promise<JobLife> {
    const job = await this.words.get(id, this.folders.get(id) ?? '', age, signal);
    const ended = hasEnded(stateOf(job.TrainingJobStatus, job.SecondaryStatus));
    const endedAt = (job.TrainingEndTime ?? job.LastModifiedTime)?.getTime() ?? 0;
    return {
      startedAt: job.CreationTime?.getTime() ?? 0,
      ran: hasRun(job),
      ...(ended && { endedAt }),
    };
  }
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => {
    throw new CancelledError();
  });
}
