import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeclinedError, ProviderError } from '../../../../core/errors';
import type { JobSpec } from '../../../../core/jobSpec/jobSpec';
import type { Prompts } from '../../../../core/prompts';
import { writeAtomic } from '../../../../node/files';
import type { AwsAccount } from '../../account/account';
import type { KeptAnswers } from '../../prices/keptAnswers';

export interface RoleParts {
  readonly account: AwsAccount;
  readonly kept: KeptAnswers;
  readonly prompts: Pick<Prompts, 'choose'>;
  /** Absolute path of the state folder. */
  readonly home: string;
}

/** A role that SageMaker may take on. */
interface Role {
  readonly arn: string;
  readonly description: string;
}

/**
 * ARN of the role that a job runs as: the job file’s, else the one chosen before in this account, else the only one that SageMaker may take
 * on, else the one that a person chooses. Throws `ProviderError` where there is none.
 */
export async function roleOf(parts: RoleParts, spec: JobSpec, signal: AbortSignal): Promise<string> {
  const { account } = parts;
  const named = spec.trainyard?.aws?.role;
  if (named !== undefined) return arnOf(parts, named, signal);
  const id = await account.accountId(signal);
  const chosen = await chosenRole(parts.home, id);
  if (chosen !== undefined) return chosen;
  const roles = await rolesFor(parts, id);
  const [only, ...others] = roles;
  if (!only)
    throw new ProviderError(
      'notFound',
      `The job needs a role that lets SageMaker read its code and write its outputs, and account ${id} has none. Make one (in the console of SageMaker, Domains, or of IAM, for the service SageMaker), or name one in trainyard.aws.role.`,
    );
  if (others.length === 0) return only.arn;
  return chooseRole(parts, id, roles, signal);
}

/** The next job asks again, as when the chosen role can’t be taken on any more. */
export async function forgetRole({ account, home }: RoleParts, signal: AbortSignal): Promise<void> {
  await rememberRole(home, await account.accountId(signal), undefined);
}

async function arnOf(parts: RoleParts, named: string, signal: AbortSignal): Promise<string> {
  if (/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,600}$/.test(named)) return named;
  if (!/^[\w+=,.@-]{1,64}$/.test(named))
    throw new ProviderError('invalid', `trainyard.aws.role is no ARN or name of a role: ${named}`);
  const id = await parts.account.accountId(signal);
  // A role’s ARN has its path, too, such as service-role/.
  const listed = await rolesFor(parts, id).catch(noneWhereForbidden);
  const role = listed.find(({ arn }) => arn.endsWith(`/${named}`));
  return role?.arn ?? `arn:${partition(parts.account.region)}:iam::${id}:role/${named}`;
}

function noneWhereForbidden(error: unknown): readonly Role[] {
  if (error instanceof ProviderError && error.kind === 'forbidden') return [];
  throw error;
}

function partition(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

async function rolesFor({ account, kept }: RoleParts, id: string): Promise<readonly Role[]> {
  try {
    return (await kept.get(`roles-${id}`, isRoles, (signal) => askRoles(account, signal))).value;
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'forbidden') throw error;
    throw new ProviderError(
      'forbidden',
      `The job needs a role, and the roles of account ${id} can’t be listed with these keys. Name one in trainyard.aws.role: ${error.message}`,
      { cause: error },
    );
  }
}

async function askRoles(account: AwsAccount, signal: AbortSignal): Promise<readonly Role[]> {
  const roles: Role[] = [];
  let marker: string | undefined;
  do {
    const page = await account.ask(
      'iam',
      'The roles can’t be listed',
      (sdk, client, options) =>
        client.send(
          new sdk.ListRolesCommand({ MaxItems: 1000, ...(marker !== undefined && { Marker: marker }) }),
          options,
        ),
      signal,
    );
    for (const {
      Arn: arn,
      Path: path,
      Description: description = '',
      AssumeRolePolicyDocument: trust,
    } of page.Roles ?? []) {
      // A service-linked role is for the service’s own work.
      if (arn !== undefined && path?.startsWith('/aws-service-role/') !== true && trustsSageMaker(trust))
        roles.push({ arn, description });
    }
    marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (marker !== undefined);
  return roles;
}

/** Of a trust policy as IAM gives it: JSON, URL-encoded. */
export function trustsSageMaker(policy: string | undefined): boolean {
  try {
    const { Statement: given } = JSON.parse(decodeURIComponent(policy ?? '')) as { Statement?: unknown };
    return (Array.isArray(given) ? given : [given]).some(allows);
  } catch {
    // Nothing that IAM writes: it is not offered.
    return false;
  }
}

function allows(statement: unknown): boolean {
  if (typeof statement !== 'object' || statement === null) return false;
  const { Effect: effect, Action: action, Principal: principal } = statement as Record<string, unknown>;
  if (effect !== 'Allow' || typeof principal !== 'object' || principal === null) return false;
  const has = (value: unknown, ...wanted: readonly string[]) =>
    (Array.isArray(value) ? value : [value]).some((one) => wanted.includes(one as string));
  return (
    has((principal as Record<string, unknown>).Service, 'sagemaker.amazonaws.com') &&
    has(action, 'sts:AssumeRole', 'sts:*', '*')
  );
}

async function chooseRole(
  { account, prompts, home }: RoleParts,
  id: string,
  roles: readonly Role[],
  signal: AbortSignal,
): Promise<string> {
  const arn = await prompts.choose(
    {
      title: `Role for jobs in ${account.connection}`,
      message:
        'Which role do jobs run as? It is remembered for this account; trainyard.aws.role in a job file wins.',
      choices: roles.map(({ arn: value, description }) => {
        return {
          value,
          label: value.split('/').at(-1) ?? value,
          detail: description === '' ? value : `${description} · ${value}`,
        };
      }),
    },
    signal,
  );
  if (arn === undefined)
    throw new DeclinedError(
      'invalid',
      `Several roles could run the job. Name one in the job file, as trainyard.aws.role: ${roles.map((role) => role.arn).join(', ')}`,
    );
  await rememberRole(home, id, arn);
  return arn;
}

function isRoles(value: unknown): value is readonly Role[] {
  // None is no answer to keep: whoever has none makes one next.
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (role: Partial<Role> | null) => typeof role?.arn === 'string' && typeof role.description === 'string',
    )
  );
}

const fileName = 'aws-roles.json';

async function chosenRole(home: string, account: string): Promise<string | undefined> {
  const role = (await chosenRoles(home))[account];
  return typeof role === 'string' && role.startsWith('arn:') ? role : undefined;
}

async function chosenRoles(home: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(join(home, fileName), 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Not there, or not whole: a person is asked again.
    return {};
  }
}

async function rememberRole(home: string, account: string, arn: string | undefined): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const others = Object.entries(await chosenRoles(home)).filter(([id]) => id !== account);
  const all = arn === undefined ? others : [...others, [account, arn] as const];
  await writeAtomic(join(home, fileName), JSON.stringify(Object.fromEntries(all)));
}
