import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ProviderError } from '../../src/core/errors';
import type { Fault } from '../fakes/aws/faults';
import { AwsSubmissions } from './awsSubmissions';

const submissions = new AwsSubmissions();
const { jobs } = submissions;

describe('what AWS refuses names the field of the job file, what to do, and leaves nothing', () => {
  const ecr = '111122223333.dkr.ecr.us-east-1.amazonaws.com/mine/train:1';
  const image = `trainyard: {aws: {image: "${ecr}"}}`;
  const key = 'trainyard: {aws: {kms_key: alias/mine}}';
  const says = (operation: string, type: string, message: string): Fault => ({
    kind: 'refused',
    of: ({ method, path, operation: asked }) =>
      operation === 'PutObject' ? method === 'PUT' && path.includes('/trainyard/') : asked === operation,
    says: { type, message },
  });
  const types = [
    'ml.m5.large',
    'ml.m5.xlarge',
    'ml.c5.xlarge',
    'ml.m6i.large',
    'ml.c6i.xlarge',
    'ml.m7i.large',
    'ml.c7i.large',
  ];
  const cases: Readonly<
    Record<string, readonly [job: string, words: readonly RegExp[], prepare?: () => unknown]>
  > = {
    'a role that is gone': [
      'trainyard: {aws: {role: nobody}}',
      [
        /may not use the role arn:aws:iam::123456789012:role\/nobody\./,
        /name another in trainyard\.aws\.role/,
      ],
    ],
    'an image that is not there': [
      image,
      [/no repository mine\/train of images in account 111122223333/, /trainyard\.aws\.image/],
      () => submissions.aws.world.refusedImages.set(ecr, 'missing'),
    ],
    'an image of an account that lets nobody in': [
      image,
      [/registry did not let the platform in/, /ecr:BatchGetImage/],
      () => submissions.aws.world.refusedImages.set(ecr, 'closed'),
    ],
    'a type that the region does not have': [
      '',
      [/does not train on ml\.\S+ in this region/, /resources\.instance_type/],
      () => {
        for (const type of types) submissions.aws.world.absentTypes.add(type);
      },
    ],
    'a key that is not there': [
      key,
      [/The KMS key can’t be used\./, /trainyard\.aws\.kms_key/],
      () =>
        submissions.aws.faults.begin(says('PutObject', 'KMS.NotFoundException', 'Invalid keyId alias/mine')),
    ],
    'a key that is disabled': [
      key,
      [/The KMS key can’t be used\./, /enabled/],
      () =>
        submissions.aws.faults.begin(
          says('PutObject', 'KMS.DisabledException', 'arn:aws:kms:us-east-1:1:key/1 is disabled.'),
        ),
    ],
    'a key that one may not use': [
      key,
      [/permission kms:GenerateDataKey is missing/, /trainyard\.aws\.kms_key/],
      () =>
        submissions.aws.faults.begin(
          says(
            'PutObject',
            'AccessDenied',
            'User: arn:aws:sts::123456789012:assumed-role/team/me is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:us-east-1:123456789012:key/1 because no identity-based policy allows the kms:GenerateDataKey action',
          ),
        ),
    ],
    'a role that one may not hand on': [
      '',
      [/iam:PassRole is missing/, /trainyard\.aws\.role/],
      () =>
        submissions.aws.faults.begin(
          says(
            'CreateTrainingJob',
            'AccessDeniedException',
            'User: arn:aws:iam::123456789012:user/ana is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/train',
          ),
        ),
    ],
    'a subnet that is not there': [
      'trainyard: {aws: {subnets: [subnet-0a1b2c3d], security_groups: [sg-0a1b2c3d]}}',
      [/network that the job names is not there/, /trainyard\.aws\.subnets/],
      () =>
        submissions.aws.faults.begin(
          says('CreateTrainingJob', 'ValidationException', 'The subnet ID subnet-0a1b2c3d does not exist'),
        ),
    ],
    'a quota that was used up meanwhile': [
      '',
      [/The AWS quota “ml\.\S+ for training job usage” is 0/, /Service Quotas/, /\(ResourceLimitExceeded\)/],
      () =>
        submissions.aws.faults.begin(
          says(
            'CreateTrainingJob',
            'ResourceLimitExceeded',
            "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota.",
          ),
        ),
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [text, words, prepare]) => {
    const before = await submissions.inS3();
    const job = await jobs.prepare(`workdir: .\nrun: echo\n${text}`);
    await writeFile(join(job.baseFolder, 'a.txt'), job.id);
    prepare?.();
    const result = await submissions.outcome(job, before);
    expect(result).toBeInstanceOf(ProviderError);
    const { message } = result as ProviderError;
    expect(message).toMatch(/^The job can’t be started\. /);
    for (const one of words) expect(message).toMatch(one);
  });
});
