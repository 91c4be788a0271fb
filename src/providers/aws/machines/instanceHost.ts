import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ProviderError } from '../../../core/errors';
import type { ReadSetting } from '../../../core/settings';
import type { HostConfig } from '../../ssh/hostConfig';
import type { AwsAccount } from '../account/account';
import { amiUser } from './amiUser';
import { tagOf } from './ec2Row';
import { checkSessionPrograms, sessionCommand } from './sessionManager';

export interface InstanceHostParts {
  readonly account: Pick<AwsAccount, 'region' | 'profile'>;
  readonly setting: ReadSetting;
  /** What the user's SSH configuration says of a name or an address. */
  readonly reach: (name: string, signal: AbortSignal) => Promise<HostConfig>;
  /** Name and description of an image. */
  readonly image: (id: string, signal: AbortSignal) => Promise<string>;
  /** The user's home folder and name on this computer. */
  readonly here: { readonly home: string; readonly user: string };
}

/**
 * How an instance is reached, as it is now: it has another address after each start. What the user's SSH configuration says of its id
 * (`Host i-*`) or of its address counts first.
 */
export async function instanceHost(
  found: Ec2Instance,
  parts: InstanceHostParts,
  signal: AbortSignal,
): Promise<HostConfig> {
  const { InstanceId: id = '', PublicIpAddress: open, PrivateIpAddress: inner = '' } = found;
  const label = tagOf(found, 'Name') ?? id;
  const state = found.State?.Name ?? '';
  if (state !== 'running')
    throw new ProviderError('unavailable', `It does not run. Start it, and try again: ${label} (${state})`);
  const address = open ?? inner;
  const named = await parts.reach(id, signal);
  const direct = address === '' ? undefined : await parts.reach(address, signal);
  const configured = isMeant(named, id, direct, address);
  const config = configured ? named : direct;
  if (!config)
    throw new ProviderError(
      'unavailable',
      `AWS has not given it an address yet. Try again in a moment: ${label}`,
    );
  const own = keyFiles(found.KeyName, parts.here.home);
  const host = {
    ...config,
    alias: label,
    user: await userOf(found, config, parts, signal),
    identityFiles: [...own, ...config.identityFiles.filter((path) => !own.includes(path))],
    // Addresses go from one instance to another, ids never do.
    hostKeyAlias: config.hostKeyAlias ?? id,
  };
  const through = open === undefined && !configured && !leadsOn(config);
  if (!through || parts.setting('trainyard.aws.privateAddress') === 'direct') return host;
  await checkSessionPrograms(label, signal);
  const target = { instance: id, port: config.port, endpointUrl: parts.setting('trainyard.aws.endpointUrl') };
  return { ...host, proxyCommand: sessionCommand({ ...target, ...parts.account }) };
}

/** Whether the user's configuration has a way to this very id, and not merely one to every host. */
function isMeant(named: HostConfig, id: string, direct: HostConfig | undefined, address: string): boolean {
  if (named.hostName !== id) return true;
  if (named.proxyCommand === undefined) return false;
  return (
    direct?.proxyCommand === undefined ||
    named.proxyCommand !== String(direct.proxyCommand).replaceAll(address, id)
  );
}

/** Whether the user's configuration has a way of its own, such as a bastion. */
function leadsOn({ jumps, proxyCommand }: HostConfig): boolean {
  return jumps.length > 0 || proxyCommand !== undefined;
}

async function userOf(
  found: Ec2Instance,
  config: HostConfig,
  { setting, image, here }: InstanceHostParts,
  signal: AbortSignal,
): Promise<string> {
  const tagged = tagOf(found, 'trainyard:user');
  if (tagged !== undefined) return tagged;
  // Without a word about it, OpenSSH takes the user's name here.
  if (config.user !== here.user) return config.user;
  const set = setting('trainyard.aws.sshUser');
  if (set !== '') return set;
  return amiUser(found.ImageId === undefined ? '' : await image(found.ImageId, signal));
}

/** Where people put the key pair that they downloaded. A key pair may be named anything. */
function keyFiles(keyName: string | undefined, home: string): readonly string[] {
  if (keyName === undefined || !/^[\w. @+-]+$/.test(keyName)) return [];
  return [`${keyName}.pem`, keyName]
    .map((name) => join(home, '.ssh', name))
    .filter((path) => existsSync(path));
}
