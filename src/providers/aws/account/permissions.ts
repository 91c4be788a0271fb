import type { AwsService } from './sdk';

/** What a permission is for, in words that end “can’t …”. */
export type Purpose =
  | 'check the connection'
  | 'find an execution role'
  | 'follow jobs and read their logs'
  | 'list machines'
  | 'list prices and quotas'
  | 'start, stop and launch machines'
  | 'start and stop jobs'
  | 'store code and results in S3';

interface Needs {
  readonly actions: readonly string[];
  readonly for: Purpose;
}

const needs = (purpose: Purpose, ...actions: readonly string[]): Needs => ({ actions, for: purpose });
const power = (...actions: readonly string[]) => needs('start, stop and launch machines', ...actions);
const store = (action: string) => needs('store code and results in S3', action);

/**
 * Every command that Trainyard sends, and the IAM actions that AWS checks for it. The policy that is offered to people is made of this, and
 * a test holds it and the code together.
 */
export const permissions: Readonly<Partial<Record<AwsService, Readonly<Record<string, Needs>>>>> = {
  cloudwatch: {
    GetMetricDataCommand: needs('follow jobs and read their logs', 'cloudwatch:GetMetricData'),
  },
  ec2: {
    DescribeImagesCommand: needs('list machines', 'ec2:DescribeImages'),
    DescribeInstanceAttributeCommand: needs('list machines', 'ec2:DescribeInstanceAttribute'),
    DescribeInstanceTypeOfferingsCommand: power('ec2:DescribeInstanceTypeOfferings'),
    DescribeInstanceTypesCommand: needs('list machines', 'ec2:DescribeInstanceTypes'),
    DescribeInstancesCommand: needs('list machines', 'ec2:DescribeInstances'),
    DescribeKeyPairsCommand: power('ec2:DescribeKeyPairs'),
    DescribeLaunchTemplateVersionsCommand: power('ec2:DescribeLaunchTemplateVersions'),
    DescribeLaunchTemplatesCommand: power('ec2:DescribeLaunchTemplates'),
    DescribeSecurityGroupsCommand: power('ec2:DescribeSecurityGroups'),
    DescribeSpotPriceHistoryCommand: needs('list prices and quotas', 'ec2:DescribeSpotPriceHistory'),
    DescribeSubnetsCommand: power('ec2:DescribeSubnets'),
    DescribeVolumesCommand: needs('list machines', 'ec2:DescribeVolumes'),
    RunInstancesCommand: power('ec2:RunInstances', 'ec2:CreateTags'),
    StartInstancesCommand: power('ec2:StartInstances'),
    StopInstancesCommand: power('ec2:StopInstances'),
  },
  iam: {
    GetRoleCommand: needs('check the connection', 'iam:GetRole'),
    ListRolesCommand: needs('find an execution role', 'iam:ListRoles'),
    SimulatePrincipalPolicyCommand: needs('check the connection', 'iam:SimulatePrincipalPolicy'),
  },
  logs: {
    FilterLogEventsCommand: needs('follow jobs and read their logs', 'logs:FilterLogEvents'),
  },
  pricing: {
    GetProductsCommand: needs('list prices and quotas', 'pricing:GetProducts'),
  },
  quotas: {
    GetServiceQuotaCommand: needs('list prices and quotas', 'servicequotas:GetServiceQuota'),
    ListAWSDefaultServiceQuotasCommand: needs(
      'list prices and quotas',
      'servicequotas:ListAWSDefaultServiceQuotas',
    ),
    ListServiceQuotasCommand: needs('list prices and quotas', 'servicequotas:ListServiceQuotas'),
  },
  s3: {
    AbortMultipartUploadCommand: store('s3:AbortMultipartUpload'),
    CompleteMultipartUploadCommand: store('s3:PutObject'),
    CreateBucketCommand: store('s3:CreateBucket'),
    CreateMultipartUploadCommand: store('s3:PutObject'),
    DeleteObjectsCommand: store('s3:DeleteObject'),
    GetObjectCommand: store('s3:GetObject'),
    HeadBucketCommand: store('s3:ListBucket'),
    HeadObjectCommand: store('s3:GetObject'),
    ListMultipartUploadsCommand: store('s3:ListBucketMultipartUploads'),
    ListObjectsV2Command: store('s3:ListBucket'),
    PutBucketEncryptionCommand: store('s3:PutEncryptionConfiguration'),
    PutBucketTaggingCommand: store('s3:PutBucketTagging'),
    PutObjectCommand: store('s3:PutObject'),
    PutPublicAccessBlockCommand: store('s3:PutBucketPublicAccessBlock'),
    UploadPartCommand: store('s3:PutObject'),
  },
  sagemaker: {
    CreateAppCommand: power('sagemaker:CreateApp'),
    CreateNotebookInstanceLifecycleConfigCommand: power(
      'sagemaker:CreateNotebookInstanceLifecycleConfig',
      'sagemaker:AddTags',
    ),
    CreatePresignedDomainUrlCommand: power('sagemaker:CreatePresignedDomainUrl'),
    CreatePresignedNotebookInstanceUrlCommand: power('sagemaker:CreatePresignedNotebookInstanceUrl'),
    CreateTrainingJobCommand: needs(
      'start and stop jobs',
      'sagemaker:CreateTrainingJob',
      'sagemaker:AddTags',
      'iam:PassRole',
    ),
    DeleteAppCommand: power('sagemaker:DeleteApp'),
    DeleteNotebookInstanceLifecycleConfigCommand: power('sagemaker:DeleteNotebookInstanceLifecycleConfig'),
    DescribeDomainCommand: needs('list machines', 'sagemaker:DescribeDomain'),
    DescribeNotebookInstanceCommand: needs('list machines', 'sagemaker:DescribeNotebookInstance'),
    DescribeNotebookInstanceLifecycleConfigCommand: needs(
      'list machines',
      'sagemaker:DescribeNotebookInstanceLifecycleConfig',
    ),
    DescribeSpaceCommand: needs('list machines', 'sagemaker:DescribeSpace'),
    DescribeTrainingJobCommand: needs('follow jobs and read their logs', 'sagemaker:DescribeTrainingJob'),
    DescribeUserProfileCommand: needs('list machines', 'sagemaker:DescribeUserProfile'),
    ListTrainingJobsCommand: needs('follow jobs and read their logs', 'sagemaker:ListTrainingJobs'),
    ListAppsCommand: needs('list machines', 'sagemaker:ListApps'),
    ListNotebookInstancesCommand: needs('list machines', 'sagemaker:ListNotebookInstances'),
    ListSpacesCommand: needs('list machines', 'sagemaker:ListSpaces'),
    StartNotebookInstanceCommand: power('sagemaker:StartNotebookInstance'),
    StopNotebookInstanceCommand: power('sagemaker:StopNotebookInstance'),
    StopTrainingJobCommand: needs('start and stop jobs', 'sagemaker:StopTrainingJob'),
    UpdateNotebookInstanceCommand: power('sagemaker:UpdateNotebookInstance'),
    UpdateNotebookInstanceLifecycleConfigCommand: power('sagemaker:UpdateNotebookInstanceLifecycleConfig'),
    UpdateSpaceCommand: power('sagemaker:UpdateSpace'),
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
