import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import { workplace } from '../fakes/workplace';
import { TestAws } from './awsHarness';
import { trainingJobsContract } from './trainingJobs.contract';

const aws = new TestAws('us-east-1');
trainingJobsContract(aws.harness((account) => new AwsTrainingJobs(workplace(), account)));
