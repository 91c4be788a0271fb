import type { MissingPermission } from '../../../core/access';
import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from './account';
import { allActions } from './permissions';

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
  const what = 'Your permissions can’t be checked';
  return [
    [
      'sagemaker:DescribeTrainingJob',
      () =>
        account.ask(
          'sagemaker',
          what,
          (sdk, client, options) =>
            client.send(new sdk.DescribeTrainingJobCommand({ TrainingJobName: 'trainyard-check' }), options),
          signal,
        ),
    ],
    [
      'logs:FilterLogEvents',
      () =>
        account.ask(
          'logs',
          what,
          (sdk, client, options) =>
            client.send(
              new sdk.FilterLogEventsCommand({ logGroupName: '/aws/sagemaker/TrainingJobs', limit: 1 }),
              options,
            ),
          signal,
        ),
    ],
    [
      's3:ListBucket',
      () =>
        account.ask(
          's3',
          what,
          (sdk, client, options) =>
            client.send(
              new sdk.HeadBucketCommand({ Bucket: `sagemaker-${account.region}-${accountId}` }),
              options,
            ),
          signal,
        ),
    ],
    [
      'iam:ListRoles',
      () =>
        account.ask(
          'iam',
          what,
          (sdk, client, options) => client.send(new sdk.ListRolesCommand({ MaxItems: 1 }), options),
          signal,
        ),
    ],
    [
      'servicequotas:ListServiceQuotas',
      () =>
        account.ask(
          'quotas',
          what,
          (sdk, client, options) =>
            client.send(
              new sdk.ListServiceQuotasCommand({ ServiceCode: 'sagemaker', MaxResults: 1 }),
              options,
            ),
          signal,
        ),
    ],
    [
      'pricing:GetProducts',
      () =>
        account.ask(
          'pricing',
          what,
          (sdk, client, options) =>
            client.send(
              new sdk.GetProductsCommand({ ServiceCode: 'AmazonSageMaker', MaxResults: 1 }),
              options,
            ),
          signal,
        ),
    ],
  ];
}
