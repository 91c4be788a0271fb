import { afterAll, beforeAll, expect } from 'vitest';
import type { TrainingJobs } from '../../src/core/provider';
import type { AwsAccount } from '../../src/providers/aws/account/account';
import { FakeAws } from '../fakes/aws/fakeAws';
import { testAccount } from '../fakes/aws/testAccount';
import { commandLines, processesWith } from '../fakes/processes';
import type { Harness } from './jobsUnderTest';

/** One fake AWS for all tests of a file. */
export class TestAws {
  private started: FakeAws | undefined;

  constructor(
    readonly region: string,
    /** Changes the fake once it is up. */
    furnish: (aws: FakeAws) => void | Promise<void> = () => undefined,
  ) {
    beforeAll(async () => {
      this.started = await FakeAws.start();
      await furnish(this.started);
    });
    afterAll(async () => {
      const problems = this.started?.problems();
      await this.started?.stop();
      // Each request of the tests was one that AWS would have understood.
      expect(problems ?? []).toEqual([]);
    });
  }

  get aws(): FakeAws {
    if (!this.started) throw new Error('Only inside a test');
    return this.started;
  }

  account(): AwsAccount {
    return testAccount(this.aws.url, this.region);
  }

  /** `jobs` makes the facet anew for each test. */
  harness(jobs: (account: AwsAccount, aws: FakeAws) => TrainingJobs): Harness {
    const id = `aws/${this.region}`;
    return {
      place: `resources: {infra: ${id}}`,
      connect: () => Promise.resolve({ id, label: id, trainingJobs: jobs(this.account(), this.aws) }),
      processes: (marker) => Promise.resolve(processesWith(marker)),
      commandLines: () => Promise.resolve(commandLines()),
    };
  }
}
