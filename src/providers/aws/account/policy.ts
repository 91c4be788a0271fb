import { allActions } from './permissions';

/**
 * The least that an account's administrator has to allow, as an IAM policy. `partition`: `aws`, `aws-cn` or `aws-us-gov`, of the region.
 */
export function iamPolicy(partition: string): string {
  const actions = [...allActions().keys()].toSorted();
  const statements = scopes
    .map(({ sid, takes, resources, condition }) => ({
      Sid: sid,
      Effect: 'Allow',
      Action: actions.filter(takes),
      Resource: resources.map((resource) => resource.replace('arn:aws:', `arn:${partition}:`)),
      ...(condition === undefined ? {} : { Condition: condition }),
    }))
    .filter(({ Action }) => Action.length > 0);
  return `${JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2)}\n`;
}

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

interface Scope {
  readonly sid: string;
  /** Each action is in one scope. */
  readonly takes: (action: string) => boolean;
  readonly resources: readonly string[];
  readonly condition?: object;
}

const objectActions = /^s3:.*Object|^s3:.*Multipart/;

const scopes: readonly Scope[] = [
  {
    sid: 'TrainyardJobs',
    takes: (action) => /^(sagemaker):/.test(action),
    resources: ['*'],
  },
  {
    sid: 'TrainyardPassRole',
    takes: (action) => action === 'iam:PassRole',
    resources: ['arn:aws:iam::*:role/*'],
    condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
  },
  {
    sid: 'TrainyardBuckets',
    takes: (action) => action.startsWith('s3:') && !objectActions.test(action),
    resources: ['arn:aws:s3:::*'],
  },
  {
    sid: 'TrainyardObjects',
    takes: (action) => objectActions.test(action),
    resources: ['arn:aws:s3:::*/*'],
  },
  {
    sid: 'TrainyardLogs',
    takes: (action) => action.startsWith('logs:'),
    resources: ['arn:aws:logs:*:*:log-group:/aws/sagemaker/*'],
  },
  {
    sid: 'TrainyardOthers',
    takes: (action) => !/^(sagemaker|s3|logs):/.test(action) && action !== 'iam:PassRole',
    resources: ['*'],
  },
];
