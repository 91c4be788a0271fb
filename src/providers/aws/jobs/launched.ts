import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';

/** What a job of Trainyard's begins with in its containers. */
export const entrypoint = ['sh', '/opt/ml/input/data/trainyard/sagemaker.sh'];

/** Whether our launcher is in its containers, whichever Trainyard submitted it: then its log has marks and telemetry. */
export function isLaunched({ AlgorithmSpecification: how }: DescribeTrainingJobResponse): boolean {
  return how?.ContainerEntrypoint?.join(' ') === entrypoint.join(' ');
}
