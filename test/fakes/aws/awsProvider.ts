import type { Provider } from '../../../src/core/provider';
import { Emitter } from '../../../src/lib/event';
import { AwsTrainingJobs } from '../../../src/providers/aws/jobs/trainingJobs';
import type { ProviderContext } from '../../../src/providers/context';
import { testAccount } from './testAccount';

/** AWS with the one connection `aws/us-east-1`, whose APIs are at `url`. */
export function awsProvider(context: ProviderContext, url: string): Provider {
  const id = 'aws/us-east-1';
  const trainingJobs = new AwsTrainingJobs(context, testAccount(url));
  const connections = [{ id, label: id, trainingJobs }];
  return {
    id: 'aws',
    label: 'AWS',
    connections: () => Promise.resolve(connections),
    onDidChangeConnections: new Emitter<void>().event,
  };
}
