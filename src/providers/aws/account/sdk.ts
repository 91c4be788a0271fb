/** The SDK's client of each service that is used, loaded at its first use. */
export const loadSdk = {
  cloudwatch: () => import('@aws-sdk/client-cloudwatch'),
  ec2: () => import('@aws-sdk/client-ec2'),
  iam: () => import('@aws-sdk/client-iam'),
  logs: () => import('@aws-sdk/client-cloudwatch-logs'),
  pricing: () => import('@aws-sdk/client-pricing'),
  quotas: () => import('@aws-sdk/client-service-quotas'),
  s3: () => import('@aws-sdk/client-s3'),
  sagemaker: () => import('@aws-sdk/client-sagemaker'),
  ssm: () => import('@aws-sdk/client-ssm'),
  sts: () => import('@aws-sdk/client-sts'),
};

export type AwsService = keyof typeof loadSdk;

export type Sdk<S extends AwsService> = Awaited<ReturnType<(typeof loadSdk)[S]>>;

/** Each service's client class, by the name under which its module exports it. */
export interface Clients {
  readonly cloudwatch: InstanceType<Sdk<'cloudwatch'>['CloudWatchClient']>;
  readonly ec2: InstanceType<Sdk<'ec2'>['EC2Client']>;
  readonly iam: InstanceType<Sdk<'iam'>['IAMClient']>;
  readonly logs: InstanceType<Sdk<'logs'>['CloudWatchLogsClient']>;
  readonly pricing: InstanceType<Sdk<'pricing'>['PricingClient']>;
  readonly quotas: InstanceType<Sdk<'quotas'>['ServiceQuotasClient']>;
  readonly s3: InstanceType<Sdk<'s3'>['S3Client']>;
  readonly sagemaker: InstanceType<Sdk<'sagemaker'>['SageMakerClient']>;
  readonly ssm: InstanceType<Sdk<'ssm'>['SSMClient']>;
  readonly sts: InstanceType<Sdk<'sts'>['STSClient']>;
}
