import type { AwsCredentialIdentityProvider } from '@smithy/types';

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

/** What every client is made with. */
export interface ClientConfig {
  readonly region: string;
  readonly credentials: AwsCredentialIdentityProvider;
  /** Absent: AWS's own. */
  readonly endpoint?: string;
  /** Whether parts of a name, such as a bucket, never become parts of the host's name. */
  readonly disableHostPrefix?: boolean;
  readonly forcePathStyle?: boolean;
  readonly requestHandler: RequestTimes;
}

/** Milliseconds. */
export interface RequestTimes {
  readonly connectionTimeout: number;
  /** Without a byte of an answer. */
  readonly requestTimeout: number;
  readonly throwOnRequestTimeout: true;
}

export const makeClient: {
  readonly [S in AwsService]: (sdk: Sdk<S>, config: ClientConfig) => Clients[S];
} = {
  cloudwatch: (sdk, config) => new sdk.CloudWatchClient(config),
  ec2: (sdk, config) => new sdk.EC2Client(config),
  iam: (sdk, config) => new sdk.IAMClient(config),
  logs: (sdk, config) => new sdk.CloudWatchLogsClient(config),
  pricing: (sdk, config) => new sdk.PricingClient(config),
  quotas: (sdk, config) => new sdk.ServiceQuotasClient(config),
  s3: (sdk, config) => new sdk.S3Client(config),
  sagemaker: (sdk, config) => new sdk.SageMakerClient(config),
  ssm: (sdk, config) => new sdk.SSMClient(config),
  sts: (sdk, config) => new sdk.STSClient(config),
};

/** Each service's name in `AWS_ENDPOINT_URL_…` and, in lower case, in a `services` section of the shared AWS config. */
export const endpointNames: Readonly<Record<AwsService, string>> = {
  cloudwatch: 'CLOUDWATCH',
  ec2: 'EC2',
  iam: 'IAM',
  logs: 'CLOUDWATCH_LOGS',
  pricing: 'PRICING',
  quotas: 'SERVICE_QUOTAS',
  s3: 'S3',
  sagemaker: 'SAGEMAKER',
  ssm: 'SSM',
  sts: 'STS',
};
