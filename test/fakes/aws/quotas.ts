import type { GetServiceQuotaRequest, ListServiceQuotasRequest } from '@aws-sdk/client-service-quotas';
import { createHash } from 'node:crypto';
import type { World } from './sagemaker/world';
import { serviceModel } from './wire/serviceModel';
import { AwsRefusal } from './wire/wireRequest';

export type QuotaRequest = Partial<GetServiceQuotaRequest & ListServiceQuotasRequest>;

const uses = ['training job usage', 'spot training job usage', 'training warm pool usage', 'endpoint usage'];

/** Service Quotas for SageMaker: one of each instance type and use, from the same numbers that `CreateTrainingJob` looks at. */
export function askQuotas(world: World, region: string, operation: string, input: QuotaRequest): object {
  if (input.ServiceCode !== 'sagemaker')
    throw new AwsRefusal(
      'NoSuchResourceException',
      `The request failed because the specified service does not exist.`,
    );
  const types = serviceModel('sagemaker').shapes.TrainingInstanceType?.enum ?? [];
  const names = types.flatMap((type) => uses.map((use) => `${type} for ${use}`));
  if (operation === 'GetServiceQuota') {
    const name = names.find((one) => codeOf(one) === input.QuotaCode);
    if (name === undefined)
      throw new AwsRefusal(
        'NoSuchResourceException',
        'The request failed because the specified quota does not exist.',
      );
    return { Quota: quota(world, region, name) };
  }
  const { MaxResults = 100, NextToken } = input;
  const from = Number(NextToken ?? 0);
  const page = names.slice(from, from + MaxResults).map((name) => quota(world, region, name));
  const more = from + MaxResults < names.length;
  return { Quotas: page, ...(more ? { NextToken: String(from + MaxResults) } : {}) };
}

function quota(world: World, region: string, name: string): object {
  const code = codeOf(name);
  return {
    ServiceCode: 'sagemaker',
    ServiceName: 'Amazon SageMaker',
    QuotaArn: `arn:aws:servicequotas:${region}:123456789012:sagemaker/${code}`,
    QuotaCode: code,
    QuotaName: name,
    Value: world.quotas.get(name) ?? world.defaultQuota,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
    QuotaAppliedAtLevel: 'ACCOUNT',
  };
}

function codeOf(name: string): string {
  return `L-${createHash('sha256').update(name).digest('hex').slice(0, 8).toUpperCase()}`;
}
