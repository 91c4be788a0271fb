import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allActions, permissions } from '../../../../../src/providers/aws/account/permissions';
import { iamPolicy, partitionOf } from '../../../../../src/providers/aws/account/policy';

interface Policy {
  readonly Version: string;
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
    readonly Condition?: object;
  }[];
}

describe('The permissions that Trainyard needs', () => {
  it('are of exactly the calls that the code makes', () => {
    const listed = Object.entries(permissions).flatMap(([service, commands]) =>
      Object.keys(commands).map((command) => `${service} ${command}`),
    );
    expect(callsInCode().toSorted()).toEqual(listed.toSorted());
  });

  it('are all in the policy, once each', () => {
    const policy = JSON.parse(iamPolicy('aws')) as Policy;
    const actions = policy.Statement.flatMap(({ Action }) => Action);
    expect(actions.toSorted()).toEqual([...allActions().keys()].toSorted());
  });

  it('let a role be passed to SageMaker only', () => {
    const { Statement } = JSON.parse(iamPolicy('aws')) as Policy;
    const pass = Statement.find(({ Action }) => Action.includes('iam:PassRole'));
    expect(pass?.Action).toEqual(['iam:PassRole']);
    expect(pass?.Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } });
  });

  it('never allow a whole service', () => {
    expect([...allActions().keys()].filter((action) => !/^[a-z0-9]+:[A-Z]\w+$/.test(action))).toEqual([]);
  });

  it('name the resources of the region’s own partition', () => {
    expect(iamPolicy(partitionOf('cn-north-1'))).toContain('arn:aws-cn:s3:::*');
    expect(iamPolicy(partitionOf('us-gov-west-1'))).not.toContain('arn:aws:');
    expect(partitionOf('eu-west-1')).toBe('aws');
  });
});

/** Such as `s3 PutObjectCommand`: each command that is made, with the service of the `ask` that it stands in. */
function callsInCode(): string[] {
  const root = 'src/providers/aws';
  const found = new Set<string>();
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )) {
    let service = '';
    const text = readFileSync(join(root, name), 'utf8');
    for (const [, asked, command] of text.matchAll(
      /(?:\.ask\(|probe\(\s*'[\w:]+',)\s*'(\w+)'|new sdk\.(\w+Command)\(/g,
    )) {
      if (asked !== undefined) service = asked;
      if (command !== undefined && !(name.endsWith('account.ts') && service === ''))
        found.add(`${service} ${command}`);
    }
  }
  return [...found];
}
