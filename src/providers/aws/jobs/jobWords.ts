import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from '../account/account';
import { readClaim } from './claim';
import { described, noSuchJob } from './describe';
import { jobPages } from './jobPages';

/** Milliseconds for which a job that AWS made may still be unknown to who asks for it. */
const lag = 60_000;
/** From so many jobs on that are followed, one list says which of them changed. */
const many = 6;
/** Milliseconds after which each is asked for once more, whatever the list says. */
const longest = 300_000;
/** Clocks and lists lag. */
const overlap = 60_000;

interface Known {
  readonly job: DescribeTrainingJobResponse;
  readonly at: number;
}

/** What SageMaker said last of each job, asked for no more often than somebody needs to know. */
export class JobWords {
  private readonly known = new Map<string, Known>();
  private readonly absentSince = new Map<string, number>();
  private readonly followed = new Map<string, number>();
  private listedAt: number | undefined;

  constructor(
    private readonly account: AwsAccount,
    private readonly now: () => number,
  ) {}

  /** Until the result is called, the job is one that is asked for again and again. */
  follow(id: string): () => void {
    this.followed.set(id, (this.followed.get(id) ?? 0) + 1);
    return () => {
      const users = (this.followed.get(id) ?? 1) - 1;
      if (users > 0) this.followed.set(id, users);
      else this.followed.delete(id);
    };
  }

  /** At most `age` milliseconds old. Throws `notFound` where there is no such job, and `unavailable` where there is none yet. */
  async get(
    id: string,
    folder: string,
    age: number,
    signal: AbortSignal,
  ): Promise<DescribeTrainingJobResponse> {
    const asked = this.now();
    const known = this.known.get(id);
    if (known && asked - known.at <= age) return known.job;
    if (known && this.followed.size >= many && asked - known.at < longest) {
      await this.list(age, signal);
      const still = this.known.get(id);
      if (still) return still.job;
    }
    const job = await described(this.account, id, signal);
    if (job) {
      this.absentSince.delete(id);
      this.known.set(id, { job, at: asked });
      return job;
    }
    // What was there and is not is gone only when it stays so, and what was just made is not there at once.
    if (!known && (await readClaim(folder)) !== 'exists') throw noSuchJob(id);
    const since = this.absentSince.get(id) ?? asked;
    this.absentSince.set(id, since);
    if (asked - since >= lag) throw noSuchJob(id);
    if (known) return known.job;
    throw new ProviderError('unavailable', `SageMaker does not know the job yet: ${id}`);
  }

  /** Forgets of the jobs that are followed those that changed since the last list. */
  private async list(age: number, signal: AbortSignal): Promise<void> {
    const asked = this.now();
    if (this.listedAt !== undefined && asked - this.listedAt <= age) return;
    const since = Math.min(
      this.listedAt ?? asked,
      ...[...this.followed.keys()].flatMap((id) => this.known.get(id)?.at ?? []),
    );
    const wanted = { LastModifiedTimeAfter: new Date(since - overlap) };
    for await (const page of jobPages(this.account, wanted, signal)) {
      for (const { TrainingJobName: name, LastModifiedTime: changed } of page.TrainingJobSummaries ?? []) {
        const known = name === undefined ? undefined : this.known.get(name);
        const before = known?.job.LastModifiedTime;
        if (name !== undefined && changed && before && changed.getTime() > before.getTime())
          this.known.delete(name);
      }
    }
    this.listedAt = asked;
  }
}
