import type { AwsService } from './sdk';

/** What a permission is for, in words that end “can’t …”. */
export type Purpose =
  | 'check the connection'
  | 'find an execution role'
  | 'follow jobs and read their logs'
  | 'list prices and quotas'
  | 'start and stop jobs'
  | 'store code and results in S3';

interface Needs {
  readonly actions: readonly string[];
  readonly for: Purpose;
}

const needs = (purpose: Purpose, ...actions: readonly string[]): Needs => ({ actions, for: purpose });

/**
 * Every command that Trainyard sends, and the IAM actions that AWS checks for it. The policy that is offered to people is made of this, and
 * a test holds it and the code together.
 */
export const permissions: Readonly<Partial<Record<AwsService, Readonly<Record<string, Needs>>>>> = {
  iam: {
    GetRoleCommand: needs('check the connection', 'iam:GetRole'),
    SimulatePrincipalPolicyCommand: needs('check the connection', 'iam:SimulatePrincipalPolicy'),
  },
  sts: {
    // Allowed to everybody.
    GetCallerIdentityCommand: needs('check the connection'),
  },
};

/** Actions that are asked for by nothing that could go without them: their lack is no trouble. */
export const optional: ReadonlySet<string> = new Set(['iam:GetRole', 'iam:SimulatePrincipalPolicy']);

/** Every action with what it is for, in the order of the table. */
export function allActions(): ReadonlyMap<string, Purpose> {
  const found = new Map<string, Purpose>();
  for (const commands of Object.values(permissions))
    for (const { actions, for: purpose } of Object.values(commands))
      for (const action of actions) if (!found.has(action)) found.set(action, purpose);
  return found;
}
