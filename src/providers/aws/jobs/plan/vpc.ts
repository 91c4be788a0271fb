import type { VpcConfig } from '@aws-sdk/client-sagemaker';
import type { JobSpec } from '../../../../core/jobSpec/jobSpec';

/** `undefined` where the job file names no network: SageMaker’s own is used. */
export function vpcOf({ trainyard }: JobSpec): VpcConfig | undefined {
  const { subnets = [], security_groups: groups = [] } = trainyard?.aws ?? {};
  return subnets.length === 0 || groups.length === 0
    ? undefined
    : { Subnets: [...subnets], SecurityGroupIds: [...groups] };
}

/** Why SageMaker would refuse the network that the job file names. */
export function vpcProblem({ trainyard }: JobSpec): string | undefined {
  const { subnets = [], security_groups: groups = [] } = trainyard?.aws ?? {};
  if (subnets.length > 0 !== groups.length > 0)
    return 'SageMaker needs subnets and security_groups together: the job would be refused.';
  if (subnets.length > 16 || groups.length > 5)
    return 'SageMaker takes 16 subnets and 5 security groups: the job would be refused.';
  const wrong = [
    ...subnets.filter((id) => !/^[-0-9a-zA-Z]{1,32}$/.test(id)),
    ...groups.filter((id) => !/^[-0-9a-zA-Z]{1,32}$/.test(id)),
  ];
  return wrong[0] === undefined ? undefined : `This is no id of a subnet or security group: ${wrong[0]}`;
}
