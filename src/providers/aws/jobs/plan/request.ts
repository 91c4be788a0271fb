import type { Channel, CreateTrainingJobCommandInput, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../../core/errors';
import type { JobSpec } from '../../../../core/jobSpec/jobSpec';
import type { Offer } from '../../../../core/provider';
import type { Fitting } from '../../types/fitting';
import { trainingType } from '../../types/trainingTypes';
import { bucketMountProblems, bucketMounts, folderUri } from '../storage/bucketMounts';
import { entrypoint } from '../launched';
import { imageOf, namedImage } from './images';
import { candidateOf, type Here } from './places';
import { tagProblems, tagsOf } from './tags';
import { keepAliveSeconds, maxRunSeconds, maxWaitSeconds } from './times';
import { variableProblems, variablesOf } from './variables';
import { vpcOf, vpcProblem } from './vpc';

/** What a request needs besides the job file. */
export interface RequestParts {
  /** The job’s id, which is SageMaker’s name of it. */
  readonly id: string;
  readonly here: Here;
  /** What a person agreed to. */
  readonly offer: Pick<Offer, 'instanceType' | 'nodes' | 'spot' | 'stopsAfter'>;
  readonly roleArn: string;
  /** Destinations of the mounts that are one object each. */
  readonly objects?: ReadonlySet<string>;
  /** `s3://…` of where this job’s things lie. */
  readonly uris: {
    /** The folder that becomes the channel `trainyard`, with a slash at its end. */
    readonly input: string;
    /** The manifest of the channel `code`; absent where nothing is brought along. */
    readonly code?: string;
    /** The folder with `<channel>.manifest` of each mount that is one object, with a slash at its end. */
    readonly mounts: string;
    readonly output: string;
    readonly checkpoints: string;
  };
}

/** SkyPilot’s own default, in GB. */
const usualDisk = 256;

/**
 * A job file as SageMaker’s request, all of it; what can’t be honoured is in `unsupported`. Throws `ProviderError` of kind `invalid`
 * where SageMaker would refuse it.
 */
export function requestOf(spec: JobSpec, parts: RequestParts): CreateTrainingJobCommandInput {
  const { id, here, offer, roleArn, uris, objects } = parts;
  const candidate = candidateOf(spec, here, offer);
  if (!candidate || offer.instanceType === null)
    throw new ProviderError('invalid', `The job file asks for nothing that ${here.connection} has: ${id}`);
  const type: Fitting = trainingType(offer.instanceType) ?? { name: offer.instanceType };
  const { aws, checkpoint } = spec.trainyard ?? {};
  const [problem] = [
    ...variableProblems(spec),
    ...tagProblems(spec, candidate),
    ...bucketMountProblems(spec).filter(({ path }) => path.length === 1),
  ];
  const refused = problem?.message ?? vpcProblem(spec);
  if (refused !== undefined) throw new ProviderError('invalid', refused);
  const keepAlive = keepAliveSeconds(spec, offer.spot);
  const retries = restarts(spec);
  const run = offer.stopsAfter ?? maxRunSeconds(spec);
  const vpc = vpcOf(spec);
  const ownDisk = type.diskGb ?? 0;
  const diskGb = candidate.disk_size ?? usualDisk;
  const kmsKey = aws?.kms_key;
  return {
    TrainingJobName: id,
    RoleArn: roleArn,
    AlgorithmSpecification: {
      TrainingImage: imageOf(namedImage(aws?.image, candidate, here.region), here.region, type),
      TrainingInputMode: 'File',
      ContainerEntrypoint: entrypoint,
    },
    InputDataConfig: channels(spec, uris, objects),
    OutputDataConfig: { S3OutputPath: uris.output, ...(kmsKey !== undefined && { KmsKeyId: kmsKey }) },
    ResourceConfig: {
      InstanceType: offer.instanceType as TrainingInstanceType,
      InstanceCount: offer.nodes,
      // A type with a disk of its own has that and no other; its own is encrypted by the hardware.
      VolumeSizeInGB: ownDisk > 0 ? Math.min(diskGb, ownDisk) : diskGb,
      ...(kmsKey !== undefined && ownDisk === 0 && { VolumeKmsKeyId: kmsKey }),
      ...(keepAlive > 0 && { KeepAlivePeriodInSeconds: keepAlive }),
    },
    StoppingCondition: {
      MaxRuntimeInSeconds: run,
      ...(offer.spot && { MaxWaitTimeInSeconds: maxWaitSeconds(spec, run) }),
    },
    EnableManagedSpotTraining: offer.spot,
    EnableNetworkIsolation: false,
    EnableInterContainerTrafficEncryption: false,
    ...(checkpoint && { CheckpointConfig: { S3Uri: uris.checkpoints, LocalPath: '/opt/ml/checkpoints' } }),
    ...(vpc && { VpcConfig: vpc }),
    ...(retries > 0 && { RetryStrategy: { MaximumRetryAttempts: retries } }),
    Environment: variablesOf(spec),
    Tags: tagsOf(id, spec, candidate),
  };
}

/** How often SageMaker starts the job again after an error of its own, such as a machine that failed; 30 times at most. */
function restarts({ trainyard }: JobSpec): number {
  const { retry } = trainyard ?? {};
  return retry?.on.includes('node_failure') ? Math.min(retry.max_restarts, 30) : 0;
}

function channels(
  spec: JobSpec,
  { input, code, mounts }: RequestParts['uris'],
  objects: RequestParts['objects'],
): Channel[] {
  return [
    channel('trainyard', 'S3Prefix', input, 'File'),
    ...(code === undefined ? [] : [channel('code', 'ManifestFile', code, 'File')]),
    ...bucketMounts(spec, objects).map((mount) => {
      const { channel: name, isObject, mode } = mount;
      return isObject
        ? channel(name, 'ManifestFile', `${mounts}${name}.manifest`, mode)
        : channel(name, 'S3Prefix', folderUri(mount), mode);
    }),
  ];
}

function channel(
  name: string,
  type: 'S3Prefix' | 'ManifestFile',
  uri: string,
  mode: 'File' | 'FastFile',
): Channel {
  return {
    ChannelName: name,
    InputMode: mode,
    // Every node gets all of it, as it would on machines of one’s own.
    DataSource: { S3DataSource: { S3DataType: type, S3Uri: uri, S3DataDistributionType: 'FullyReplicated' } },
  };
}
