import { describe } from 'vitest';
import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import { workplace } from '../fakes/workplace';
import { TestAws } from './awsHarness';
import { trainingJobsContract } from './trainingJobs.contract';

describe('aws/us-east-1', () => {
  const aws = new TestAws('us-east-1');
  trainingJobsContract(aws.harness((account) => new AwsTrainingJobs(workplace(), account)));
});
