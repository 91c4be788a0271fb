import type { MissingPermission } from '../../../core/access';
import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from './account';
import { allActions } from './permissions';
import type { AwsService } from './sdk';

/**
 * Tries what can be tried without changing or costing anything, and gives what AWS refused. For whom IAM tells nothing; that something is
 * not there, or wrong, says that it was allowed to be asked for.
 */
export async function triedPermissions(
  account: AwsAccount,
  accountId: string,
  signal: AbortSignal,
): Promise<readonly MissingPermission[]> {
  const purposes = allActions();
  const tried = probes(account, accountId, signal).map(async ([permission, probe]) => {
    try {
      await probe();
      return [];
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.kind === 'auth' || error.kind === 'network') throw error;
      if (error.kind !== 'forbidden') return [];
      return [{ permission, needed: purposes.get(permission) ?? 'check the connection' }];
    }
  });
  return (await Promise.all(tried)).flat();
}

type Probe = readonly [permission: string, probe: () => Promise<unknown>];

function probes(account: AwsAccount, accountId: string, signal: AbortSignal): readonly Probe[] {
  const probe = <S extends AwsService>(
    permission: string,
    service: S,
    call: Parameters<typeof account.ask<S, unknown>>[2],
  ): Probe => [permission, () => account.ask(service, 'Your permissions can’t be checked', call, signal)];
  const bucket = `sagemaker-${account.region}-${accountId}`;
  return [
    probe('sagemaker:DescribeTrainingJob', 'sagemaker', (sdk, client, options) =>
      client.send(new sdk.DescribeTrainingJobCommand({ TrainingJobName: 'trainyard-check' }), options),
    ),
    probe('logs:FilterLogEvents', 'logs', (sdk, client, options) =>
      client.send(
        new sdk.FilterLogEventsCommand({ logGroupName: '/aws/sagemaker/TrainingJobs', limit: 1 }),
        options,
      ),
    ),
    probe('s3:ListBucket', 's3', (sdk, client, options) =>
      client.send(new sdk.HeadBucketCommand({ Bucket: bucket }), options),
    ),
    probe('iam:ListRoles', 'iam', (sdk, client, options) =>
      client.send(new sdk.ListRolesCommand({ MaxItems: 1 }), options),
    ),
    probe('servicequotas:ListServiceQuotas', 'quotas', (sdk, client, options) =>
      client.send(new sdk.ListServiceQuotasCommand({ ServiceCode: 'sagemaker', MaxResults: 1 }), options),
    ),
    probe('pricing:GetProducts', 'pricing', (sdk, client, options) =>
      client.send(new sdk.GetProductsCommand({ ServiceCode: 'AmazonSageMaker', MaxResults: 1 }), options),
    ),
  ];
}
