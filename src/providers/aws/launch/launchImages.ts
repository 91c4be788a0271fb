import type { Image } from '@aws-sdk/client-ec2';
import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from '../account/account';
import type { LaunchType } from './launchTypes';

/** An image that a type can start from. */
export interface LaunchImage {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** GB of its root disk at least. */
  readonly diskGb: number;
  /** Such as `/dev/sda1`. */
  readonly rootDevice: string;
}

/** https://ubuntu.com/aws: the account that Ubuntu's images are Canonical's own by. */
const canonical = '099720109477';

/**
 * AWS's Deep Learning AMIs (https://docs.aws.amazon.com/dlami/latest/devguide/find-dlami-id.html) that have the driver for the type's GPU:
 * the open driver does not know what is older than Turing. Without a GPU Ubuntu is first. The newest of each kind.
 */
export async function launchImages(
  account: AwsAccount,
  type: LaunchType,
  signal: AbortSignal,
): Promise<readonly LaunchImage[]> {
  const learning = await ask(account, 'amazon', learningNames(type), type.architecture, signal);
  const plain = type.gpus === '' ? await ask(account, canonical, [ubuntu], type.architecture, signal) : [];
  const newest = [...plain, ...newestOfEach(learning)];
  if (newest.length === 0)
    throw new ProviderError(
      'notFound',
      `AWS has no Deep Learning AMI for it here. Launch it from a launch template with an image of yours: ${type.name}`,
    );
  return newest;
}

/** By its id; `undefined` where it is gone or may not be looked at. */
export async function launchImage(
  account: AwsAccount,
  id: string,
  signal: AbortSignal,
): Promise<LaunchImage | undefined> {
  const { Images = [] } = await account.ask(
    'ec2',
    'The image can’t be read',
    (sdk, client, options) =>
      client.send(new sdk.DescribeImagesCommand({ Filters: [{ Name: 'image-id', Values: [id] }] }), options),
    signal,
  );
  return Images.map(imageOf)[0];
}

const ubuntu = 'ubuntu/images/hvm-ssd*/ubuntu-*-24.04-*-server-*';

function learningNames({ name, gpus, architecture }: LaunchType): readonly string[] {
  if (architecture === 'arm64') return ['Deep Learning ARM64*'];
  if (/^(?:p2|p3|p3dn|g3|g3s)\./.test(name))
    return ['Deep Learning Proprietary Nvidia Driver*', 'Deep Learning Base Proprietary*'];
  return gpus === ''
    ? ['Deep Learning Base*']
    : ['Deep Learning OSS Nvidia Driver AMI GPU*', 'Deep Learning Base*'];
}

async function ask(
  account: AwsAccount,
  owner: string,
  names: readonly string[],
  architecture: string,
  signal: AbortSignal,
): Promise<readonly LaunchImage[]> {
  const filter = (Name: string, ...Values: string[]) => ({ Name, Values });
  const { Images = [] } = await account.ask(
    'ec2',
    'The images can’t be listed',
    (sdk, client, options) =>
      client.send(
        new sdk.DescribeImagesCommand({
          Owners: [owner],
          Filters: [
            filter('name', ...names),
            filter('state', 'available'),
            filter('architecture', architecture),
          ],
        }),
        options,
      ),
    signal,
  );
  const newest = Images.toSorted((a, b) => (b.CreationDate ?? '').localeCompare(a.CreationDate ?? ''));
  return owner === canonical ? newest.slice(0, 1).map(imageOf) : newest.map(imageOf);
}

/** PyTorch before the others, its newest version and the newest Ubuntu first. `all`: the newest first. */
function newestOfEach(all: readonly LaunchImage[]): readonly LaunchImage[] {
  const kinds = new Map<string, LaunchImage>();
  for (const image of all) {
    const kind = image.name.replace(/[ -]*\d{8}(?:\.\d+)?$/, '');
    if (!kinds.has(kind)) kinds.set(kind, image);
  }
  const rank = ({ name }: LaunchImage) => (name.includes('PyTorch') ? 0 : name.includes('Base') ? 1 : 2);
  const numbers = ({ name }: LaunchImage) => {
    const version = /(?:PyTorch|TensorFlow) (\d+)\.(\d+)/.exec(name);
    const system = /Ubuntu (\d+)/.exec(name);
    return Number(version?.[1] ?? 0) * 1e6 + Number(version?.[2] ?? 0) * 1e3 + Number(system?.[1] ?? 0);
  };
  return [...kinds.values()].sort(
    (a, b) => rank(a) - rank(b) || numbers(b) - numbers(a) || a.name.localeCompare(b.name),
  );
}

function imageOf(image: Image): LaunchImage {
  const { ImageId: id = '', Name: name = id, Description: description = '' } = image;
  const { RootDeviceName: rootDevice = '/dev/sda1', BlockDeviceMappings: disks = [] } = image;
  const root = disks.find(({ DeviceName }) => DeviceName === rootDevice);
  return { id, name, description, diskGb: root?.Ebs?.VolumeSize ?? 8, rootDevice };
}
