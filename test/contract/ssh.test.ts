import { describe } from 'vitest';
import { TestHosts } from './sshHarness';
import { trainingJobsContract } from './trainingJobs.contract';

describe('ssh/a,b', () => {
  trainingJobsContract(new TestHosts(['a', 'b']).harness());
});

describe('ssh/a', () => {
  trainingJobsContract(new TestHosts(['a']).harness());
});
