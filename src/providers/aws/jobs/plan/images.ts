import { ProviderError } from '../../../../core/errors';
import type { Candidate } from '../../../../core/jobSpec/jobSpec';
import type { Fitting } from '../../types/fitting';

/**
 * The account in whose registries AWS keeps its Deep Learning Containers, by region. From
 * https://aws.github.io/deep-learning-containers/reference/region_availability/ and sagemaker-python-sdk’s image_uri_config/pytorch.json,
 * which also has the US government’s regions (both as of 21 August 2026, and in agreement).
 */
export const registryAccounts: Readonly<Record<string, string>> = {
  'af-south-1': '626614931356',
  'ap-east-1': '871362719292',
  'ap-east-2': '975050140332',
  'ap-northeast-1': '763104351884',
  'ap-northeast-2': '763104351884',
  'ap-northeast-3': '364406365360',
  'ap-south-1': '763104351884',
  'ap-south-2': '772153158452',
  'ap-southeast-1': '763104351884',
  'ap-southeast-2': '763104351884',
  'ap-southeast-3': '907027046896',
  'ap-southeast-4': '457447274322',
  'ap-southeast-5': '550225433462',
  'ap-southeast-6': '633930458069',
  'ap-southeast-7': '590183813437',
  'ca-central-1': '763104351884',
  'ca-west-1': '204538143572',
  'cn-north-1': '727897471807',
  'cn-northwest-1': '727897471807',
  'eu-central-1': '763104351884',
  'eu-central-2': '380420809688',
  'eu-north-1': '763104351884',
  'eu-south-1': '692866216735',
  'eu-south-2': '503227376785',
  'eu-west-1': '763104351884',
  'eu-west-2': '763104351884',
  'eu-west-3': '763104351884',
  'il-central-1': '780543022126',
  'me-central-1': '914824155844',
  'me-south-1': '217643126080',
  'mx-central-1': '637423239942',
  'sa-east-1': '763104351884',
  'us-east-1': '763104351884',
  'us-east-2': '763104351884',
  'us-gov-east-1': '446045086412',
  'us-gov-west-1': '442386744353',
  'us-west-1': '763104351884',
  'us-west-2': '763104351884',
};

interface Release {
  readonly python: string;
  readonly cuda: string;
}

type Framework = 'pytorch' | 'tensorflow';

/**
 * AWS’s training images for SageMaker on Ubuntu 22.04, newest first, from docs/src/data of github.com/aws/deep-learning-containers
 * (21 August 2026). They stay in the registry when AWS no longer patches them, a year after they came. Those on Amazon Linux (TensorFlow 2.21,
 * and PyTorch from 2.11 in a repository of another name) are named by their address.
 */
const releases: Readonly<Record<Framework, Readonly<Record<string, Release>>>> = {
  pytorch: {
    '2.10.0': { python: 'py313', cuda: 'cu130' },
    '2.9.0': { python: 'py312', cuda: 'cu130' },
    '2.8.0': { python: 'py312', cuda: 'cu129' },
    '2.7.1': { python: 'py312', cuda: 'cu128' },
    '2.6.0': { python: 'py312', cuda: 'cu126' },
    '2.5.1': { python: 'py311', cuda: 'cu124' },
  },
  tensorflow: { '2.19.0': { python: 'py312', cuda: 'cu125' } },
};

/**
 * The only one of these that AWS still patches, until 21 January 2027; 2.9 ended in October 2026 and 2.8 in August
 * (https://aws.github.io/deep-learning-containers/reference/support_policy, November 2026). Its CUDA 13.0 has code for every GPU from the T4 on. It
 * wants driver 580, which not all of SageMaker’s machines have; from 535 on it runs with the libraries that the image brings along
 * (https://docs.nvidia.com/deploy/cuda-compatibility/forward-compatibility.html): src/remote/sagemaker.sh switches them on, as the image’s own
 * entry point would.
 */
const usual = '2.10.0';
/** CUDA 13, and PyTorch’s builds for CUDA 12.8 and later, have no code for the V100 any more. Of those that have, none is patched. */
const usualForVolta = '2.6.0';

/**
 * The container image of a job: what the job file names, else AWS’s own with PyTorch, for CPU or GPU. Throws `ProviderError` of kind
 * `invalid` where SageMaker could not pull it.
 */
export function imageOf(named: string | undefined, region: string, type: Fitting): string {
  const problem = named === undefined ? undefined : imageProblem(named);
  if (problem !== undefined) throw new ProviderError('invalid', `${problem}: ${named ?? ''}`);
  if (named !== undefined && isEcr(named)) return named;
  const { framework, version } =
    named === undefined ? { framework: 'pytorch' as const, version: undefined } : frameworkOf(named);
  const account = registryAccounts[region];
  if (account === undefined)
    throw new ProviderError(
      'invalid',
      `Trainyard knows no images of AWS’s own in this region. Name one in trainyard.aws.image: ${region}`,
    );
  const volta = type.gpu?.name === 'V100' && framework === 'pytorch';
  const release = releaseOf(
    framework,
    version ?? (framework === 'pytorch' ? (volta ? usualForVolta : usual) : undefined),
  );
  const processor =
    type.gpu || !isKnownCpu(type) ? `gpu-${release.python}-${release.cuda}` : `cpu-${release.python}`;
  const host = `${account}.dkr.ecr.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  return `${host}/${framework}-training:${release.version}-${processor}-ubuntu22.04-sagemaker`;
}

/** The image that a job file names for a region: `trainyard.aws.image` before `image_id`. `undefined`: none. */
export function namedImage(
  own: string | undefined,
  { image_id, docker_image }: Pick<Candidate, 'image_id' | 'docker_image'>,
  region: string,
): string | undefined {
  if (own !== undefined) return own.replace(/^docker:/, '');
  if (docker_image !== null) return docker_image;
  const image = image_id?.[region] ?? image_id?.[''];
  return image?.startsWith('docker:') ? image.slice('docker:'.length) : undefined;
}

/** Why SageMaker can’t run that image; `undefined` where it can. */
export function imageProblem(image: string): string | undefined {
  if (isEcr(image)) return undefined;
  const { framework, version } = frameworkOf(image);
  if (!Object.hasOwn(releases, framework))
    return 'SageMaker pulls images from Amazon ECR only. Push it there, or name pytorch or tensorflow';
  if (version === undefined || versionOf(framework, version) !== undefined) return undefined;
  return `Trainyard knows AWS’s images of ${framework} ${Object.keys(releases[framework]).join(', ')}. Name another by its address in ECR`;
}

/** `<account>.dkr.ecr.<region>.amazonaws.com/…`, also of the other partitions. */
function isEcr(image: string): boolean {
  return (
    /^\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/[^\s]+$/.test(image) &&
    image.length <= 255
  );
}

/** Of `pytorch`, `pytorch:2.7` or `tensorflow:2.19.0`. */
function frameworkOf(image: string): { readonly framework: Framework; readonly version: string | undefined } {
  const [framework = '', version] = image.split(':');
  return { framework: framework as Framework, version };
}

function versionOf(framework: Framework, asked: string): string | undefined {
  return Object.keys(releases[framework]).find(
    (version) => version === asked || version.startsWith(`${asked}.`),
  );
}

function releaseOf(framework: Framework, asked: string | undefined): Release & { readonly version: string } {
  const all = releases[framework];
  const version =
    (asked === undefined ? undefined : versionOf(framework, asked)) ?? Object.keys(all)[0] ?? '';
  const release = all[version];
  if (!release) throw new Error(`No image of ${framework} is known.`);
  return { version, ...release };
}

/** A type that the table lacks may have GPUs; the image for them runs without, too. */
function isKnownCpu({ cpus, gpu }: Fitting): boolean {
  return cpus !== undefined && !gpu;
}
