import { ProviderError, type ErrorKind } from '../../../core/errors';
import type { AccessCheck, MissingPermission } from '../../../core/access';
import type { AwsAccount } from './account';
import { allActions, optional } from './permissions';

/** Which of the permissions that Trainyard uses are missing. */
export async function checkAccess(account: AwsAccount, signal: AbortSignal): Promise<AccessCheck> {
  const what = 'Your permissions can’t be checked';
  const { Arn: arn = '', Account: id = '' } = await account.ask(
    'sts',
    what,
    (sdk, client, options) => client.send(new sdk.GetCallerIdentityCommand({}), options),
    signal,
  );
  const who = `account ${id}, ${arn.split(':').slice(5).join(':')}`;
  // The account's owner may do everything, and can't be asked about.
  if (arn.endsWith(':root')) return { who, missing: [], complete: true };
  const denied = await simulated(account, arn, signal);
  if (denied === undefined) return { who, missing: [], complete: false };
  return { who, missing: denied.filter(({ permission }) => !optional.has(permission)), complete: true };
}

/** By IAM itself, which knows all; `undefined` where one may not ask it. */
async function simulated(
  account: AwsAccount,
  arn: string,
  signal: AbortSignal,
): Promise<readonly MissingPermission[] | undefined> {
  const what = 'Your permissions can’t be checked';
  const actions = allActions();
  const source = await quietly(sourceArn(account, arn, signal), 'forbidden', 'notFound');
  if (source === undefined) return undefined;
  const missing: MissingPermission[] = [];
  let marker: string | undefined;
  do {
    const page = await quietly(
      account.ask(
        'iam',
        what,
        (sdk, client, options) =>
          client.send(
            new sdk.SimulatePrincipalPolicyCommand({
              PolicySourceArn: source,
              ActionNames: [...actions.keys()],
              ContextEntries: passedToSageMaker,
              Marker: marker,
            }),
            options,
          ),
        signal,
      ),
      'forbidden',
      'notFound',
      'invalid',
    );
    if (page === undefined) return undefined;
    for (const { EvalActionName: permission = '', EvalDecision: decision } of page.EvaluationResults ?? [])
      if (decision !== 'allowed')
        missing.push({ permission, needed: actions.get(permission) ?? 'check the connection' });
    marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (marker !== undefined);
  return missing;
}

/** Without it, the condition of our own policy would refuse `iam:PassRole`. */
const passedToSageMaker = [
  {
    ContextKeyName: 'iam:PassedToService',
    ContextKeyType: 'string' as const,
    ContextKeyValues: ['sagemaker.amazonaws.com'],
  },
];

/** Of the user, or of the role that was taken: with its path, which the name of the session lacks. */
async function sourceArn(account: AwsAccount, arn: string, signal: AbortSignal): Promise<string | undefined> {
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  if (role === undefined) return arn;
  const { Role } = await account.ask(
    'iam',
    'Your permissions can’t be checked',
    (sdk, client, options) => client.send(new sdk.GetRoleCommand({ RoleName: role }), options),
    signal,
  );
  return Role?.Arn;
}

/** `undefined` for a failure of one of these kinds. */
async function quietly<T>(work: Promise<T>, ...kinds: readonly ErrorKind[]): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (error instanceof ProviderError && kinds.includes(error.kind)) return undefined;
    throw error;
  });
}
