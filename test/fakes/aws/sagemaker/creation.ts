import { GetBucketLocationCommand } from '@aws-sdk/client-s3';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { AwsRefusal } from '../wire/wireRequest';
import { channelItems } from './channels';
import { s3Place } from './objects';
import type { World } from './world';

/** What SageMaker asks of a new job besides what its model of the API says. Throws `AwsRefusal` in its words. */
export async function checkCreation(
  world: World,
  region: string,
  request: CreateTrainingJobRequest,
  inUse: (type: string) => number,
): Promise<void> {
  const {
    AlgorithmSpecification,
    ResourceConfig,
    StoppingCondition,
    InputDataConfig = [],
    OutputDataConfig,
  } = request;
  if (!AlgorithmSpecification?.TrainingImage === !AlgorithmSpecification?.AlgorithmName)
    throw invalid(
      'You must specify exactly one of TrainingImage and AlgorithmName in AlgorithmSpecification.',
    );
  if (ResourceConfig?.InstanceType === undefined || ResourceConfig.InstanceCount === undefined)
    throw invalid('InstanceType and InstanceCount must be specified in ResourceConfig.');
  if (ResourceConfig.VolumeSizeInGB === undefined)
    throw invalid('VolumeSizeInGB must be specified in ResourceConfig.');
  if (!StoppingCondition) throw invalid('StoppingCondition must be specified.');
  const { MaxRuntimeInSeconds = 86_400, MaxWaitTimeInSeconds } = StoppingCondition;
  if (request.EnableManagedSpotTraining === true) {
    if (MaxWaitTimeInSeconds === undefined || MaxWaitTimeInSeconds < MaxRuntimeInSeconds)
      throw invalid(
        'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds',
      );
    if ((ResourceConfig.KeepAlivePeriodInSeconds ?? 0) > 0)
      throw invalid('KeepAlivePeriodInSeconds is not supported with managed spot training.');
  } else if (MaxWaitTimeInSeconds !== undefined)
    throw invalid('MaxWaitTimeInSeconds is not supported without EnableManagedSpotTraining.');
  const channels = InputDataConfig.map(({ ChannelName }) => ChannelName);
  if (new Set(channels).size < channels.length) throw invalid('Channel names must be unique.');
  await checkRole(world, region, request.RoleArn ?? '');
  checkImage(world, AlgorithmSpecification?.TrainingImage ?? '', request.RoleArn ?? '');
  for (const channel of InputDataConfig) {
    const { S3Uri = '' } = channel.DataSource?.S3DataSource ?? {};
    if (
      !(await isHere(world, region, S3Uri)) ||
      (await channelItems(world.clients(region).s3, channel)).length === 0
    )
      throw invalid(
        `No S3 objects found under S3 URL "${S3Uri}" given in input data source. Please ensure that the bucket exists in the selected region (${region}), that objects exist under that S3 prefix, and that the role "${request.RoleArn ?? ''}" has "s3:ListBucket" permissions on bucket "${s3Place(S3Uri).bucket}".`,
      );
  }
  for (const uri of [OutputDataConfig?.S3OutputPath, request.CheckpointConfig?.S3Uri])
    if (uri !== undefined && !(await isHere(world, region, uri)))
      throw invalid(`The bucket "${s3Place(uri).bucket}" does not exist in the selected region (${region}).`);
  checkQuota(world, request, inUse);
}

/** Words of aws/amazon-sagemaker-examples#2534 and wpilibsuite/DetectCoral#37. */
function checkImage(world: World, image: string, role: string): void {
  const why = world.refusedImages.get(image);
  if (why === undefined) return;
  const [host = '', ...rest] = image.split('/');
  const where = `repository: ${rest.join('/').split(':')[0] ?? ''} in registry ID: ${host.slice(0, 12)}`;
  const pull = `role ${role} has proper pull permissions for SageMaker: ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer`;
  throw invalid(
    why === 'missing'
      ? `Cannot find ${where} Please check if your ECR repository exists and ${pull}`
      : `Access denied for ${where}. Please check if your ECR repository and image exist and ${pull}`,
  );
}

function checkQuota(world: World, request: CreateTrainingJobRequest, inUse: (type: string) => number): void {
  const { InstanceType = '', InstanceCount = 0 } = request.ResourceConfig ?? {};
  const use = request.EnableManagedSpotTraining === true ? 'spot training job usage' : 'training job usage';
  // Words of aws/amazon-sagemaker-examples#1001.
  if (world.absentTypes.has(InstanceType))
    throw new AwsRefusal(
      'ResourceLimitExceeded',
      `The requested resource training-job/${InstanceType} is not available in this region`,
    );
  const name = `${InstanceType} for ${use}`;
  const limit = world.quotas.get(name) ?? world.defaultQuota;
  const used = inUse(InstanceType);
  if (used + InstanceCount > limit)
    throw new AwsRefusal(
      'ResourceLimitExceeded',
      `The account-level service limit '${name}' is ${limit} Instances, with current utilization of ${used} Instances and a request delta of ${InstanceCount} Instances. Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.`,
    );
}

async function checkRole(world: World, region: string, arn: string): Promise<void> {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const found = await world
    .clients(region)
    .iam.send(new GetRoleCommand({ RoleName: name }))
    .catch(() => undefined);
  const trust = decodeURIComponent(found?.Role?.AssumeRolePolicyDocument ?? '');
  if (found?.Role?.Arn !== arn || !trust.includes('sagemaker.amazonaws.com'))
    throw invalid(
      `Could not assume role ${arn}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.`,
    );
}

async function isHere(world: World, region: string, uri: string): Promise<boolean> {
  const { bucket } = s3Place(uri);
  const found = await world
    .clients(region)
    .s3.send(new GetBucketLocationCommand({ Bucket: bucket }))
    .catch(() => undefined);
  // The first region is told by its absence.
  return found !== undefined && (found.LocationConstraint ?? 'us-east-1') === region;
}

function invalid(message: string): AwsRefusal {
  return new AwsRefusal('ValidationException', message);
}
