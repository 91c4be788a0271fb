import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { beforeEach, expect } from 'vitest';
import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import { testAccount } from '../fakes/aws/testAccount';
import { workplace } from '../fakes/workplace';
import { TestAws } from './awsHarness';
import { JobsUnderTest, never } from './jobsUnderTest';

const bucket = 'sagemaker-us-east-1-123456789012';

type Job = Awaited<ReturnType<JobsUnderTest['prepare']>>;

/** Submissions to a fake AWS that may come to nothing. Pauses are short: what takes AWS minutes takes a test seconds. */
export class AwsSubmissions {
  private readonly test = new TestAws('us-east-1');
  readonly jobs = new JobsUnderTest(
    this.test.harness(
      (_, { url }) => new AwsTrainingJobs(workplace(), testAccount(url, 'us-east-1', {}, undefined, 100)),
    ),
  );

  constructor() {
    beforeEach(() => {
      this.aws.faults.end();
      this.aws.world.refusedImages.clear();
      this.aws.world.absentTypes.clear();
    });
  }

  get aws() {
    return this.test.aws;
  }

  /** Keys in the bucket, and names of uploads in parts that nobody ended. */
  async inS3(): Promise<readonly string[]> {
    const { s3 } = this.aws.clientsOf();
    try {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return [...Contents.map(({ Key }) => Key ?? ''), ...Uploads.map(({ Key }) => `parts of ${Key ?? ''}`)];
    } catch (error) {
      // The first job makes it.
      if (error instanceof Error && error.name === 'NoSuchBucket') return [];
      throw error;
    }
  }

  /** What comes of one, after which, where it failed, there is no job and nothing in S3 that was not there. */
  async outcome(job: Job, before: readonly string[], signal = never): Promise<unknown> {
    const result: unknown = await job.submit(signal).catch((error: unknown) => error);
    this.aws.faults.end();
    const exists = await this.jobs.facet.settle(job.id, job.folder, never);
    expect(exists).toBe(result === undefined);
    expect(this.aws.trainingJobs.names().includes(job.id)).toBe(exists);
    if (!exists) expect(await this.inS3()).toEqual(before);
    return result;
  }
}
