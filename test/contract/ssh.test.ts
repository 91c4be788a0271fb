import { describe } from 'vitest';
import { localHostsHarness, TestHosts } from './sshHarness';
import { trainingJobsContract } from './trainingJobs.contract';

describe('jobs on two machines, without a connection to fail', () => {
  trainingJobsContract(localHostsHarness(['a', 'b']));
});

describe('ssh/a,b', () => {
  trainingJobsContract(new TestHosts(['a', 'b']).harness());
});

describe('ssh/a', () => {
  trainingJobsContract(new TestHosts(['a']).harness());
});
