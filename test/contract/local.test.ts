import { describe } from 'vitest';
import { localHarness } from './localHarness';
import { trainingJobsContract } from './trainingJobs.contract';

describe('local', () => {
  trainingJobsContract(localHarness());
});
