import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from '../account/account';

/** What SageMaker says of a job now; `undefined` where it knows none, which right after it was made may mean: not yet. */
export function described(
  account: AwsAccount,
  id: string,
  signal: AbortSignal,
): Promise<DescribeTrainingJobResponse | undefined> {
  return account.ask(
    'sagemaker',
    'The job can’t be read',
    async (sdk, client, options) => {
      try {
        return await client.send(new sdk.DescribeTrainingJobCommand({ TrainingJobName: id }), options);
      } catch (error) {
        if (isUnknown(error)) return undefined;
        throw error;
      }
    },
    signal,
  );
}

export function noSuchJob(id: string): ProviderError {
  return new ProviderError('notFound', `SageMaker knows no such job: ${id}`);
}

/** The model of the API has `ResourceNotFound`; what comes is a `ValidationException` of this text. */
function isUnknown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'ResourceNotFound' ||
    (error.name === 'ValidationException' && /resource not found|not find|does not exist/i.test(error.message))
  );
}
