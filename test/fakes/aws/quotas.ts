import type { GetServiceQuotaRequest, ListServiceQuotasRequest } from '@aws-sdk/client-service-quotas';
import { createHash } from 'node:crypto';
import type { World } from './sagemaker/world';
import { serviceModel } from './wire/serviceModel';
import { AwsRefusal } from './wire/wireRequest';

export type QuotaRequest = Partial<GetServiceQuotaRequest & ListServiceQuotasRequest>;

const uses = ['training job usage', 'spot training job usage', 'training warm pool usage', 'endpoint usage'];

/** Those of EC2 that count vCPUs, by their real codes. */
const ec2Quotas: Readonly<Record<string, string>> = {
  'L-DB2E81BA': 'Running On-Demand G and VT instances',
  'L-3819A6DF': 'All G and VT Spot Instance Requests',
  'L-417A185B': 'Running On-Demand P instances',
  'L-7212CCBC': 'All P4, P3 and P2 Spot Instance Requests',
  'L-C4BD4855': 'All P5 Spot Instance Requests',
  'L-1216C47A': 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
  'L-34B43A08': 'All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests',
};

/** Service Quotas for EC2 (one by one) and for SageMaker: one of each instance type and use, from the same numbers that `CreateTrainingJob` looks at. */
export function askQuotas(world: World, region: string, operation: string, input: QuotaRequest): object {
  if (input.ServiceCode === 'ec2' && operation === 'GetServiceQuota') {
    const { QuotaCode: code = '' } = input;
    const name = ec2Quotas[code];
    if (name === undefined)
      throw new AwsRefusal('NoSuchResourceException', 'The specified quota does not exist.');
    return { Quota: { ...quota(world, region, name, 'ec2', code), Value: world.quotas.get(name) ?? 2000 } };
  }
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

function quota(
  world: World,
  region: string,
  name: string,
  service = 'sagemaker',
  code = codeOf(name),
): object {
  return {
    ServiceCode: service,
    ServiceName: `Amazon ${service}`,
    QuotaArn: `arn:aws:servicequotas:${region}:123456789012:${service}/${code}`,
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
