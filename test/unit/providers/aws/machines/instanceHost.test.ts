import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '../../../../../src/core/settings';
import { instanceHost } from '../../../../../src/providers/aws/machines/instanceHost';
import type { HostConfig } from '../../../../../src/providers/ssh/hostConfig';
import { workplace } from '../../../../fakes/workplace';

const plain: HostConfig = {
  alias: '',
  hostName: '',
  port: 22,
  user: 'ana',
  identityFiles: ['/home/ana/.ssh/id_ed25519'],
  identitiesOnly: false,
  identityAgent: undefined,
  forwardAgent: false,
  jumps: [],
  proxyCommand: undefined,
  knownHostsFiles: [],
  hostKeyAlias: undefined,
  strictHostKeyChecking: 'ask',
  hostKeyAlgorithms: undefined,
  connectTimeout: undefined,
};

let home: string;
let path: string | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trainyard-home-'));
  path = process.env.PATH;
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(home, { recursive: true });
});

/** `written`: what the SSH configuration says of a name. */
function host(
  changed: Partial<Ec2Instance>,
  written: (name: string) => Partial<HostConfig> = () => ({}),
  settings: Partial<Settings> = {},
) {
  const found: Ec2Instance = {
    InstanceId: 'i-1',
    State: { Name: 'running' },
    PublicIpAddress: '3.4.5.6',
    PrivateIpAddress: '10.0.0.7',
    ImageId: 'ami-1',
    ...changed,
  };
  const parts = {
    account: { region: 'us-east-1', profile: 'work' },
    setting: workplace(settings).setting,
    here: { home, user: 'ana' },
    reach: (name: string) => Promise.resolve({ ...plain, alias: name, hostName: name, ...written(name) }),
    image: () => Promise.resolve('ubuntu/images/noble'),
  };
  return instanceHost(found, parts, new AbortController().signal);
}

function programs(...names: string[]): void {
  for (const name of names) {
    writeFileSync(join(home, name), '#!/bin/sh\n');
    chmodSync(join(home, name), 0o755);
  }
  process.env.PATH = home;
}

describe('how an EC2 instance is reached', () => {
  it('is its public address, as its image’s user, with its key known by its id', async () => {
    expect(await host({})).toMatchObject({ hostName: '3.4.5.6', user: 'ubuntu', hostKeyAlias: 'i-1' });
  });

  it('is with the key pair’s own file, where people put it', async () => {
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.ssh/team.pem'), '');
    const { identityFiles } = await host({ KeyName: 'team' });
    expect(identityFiles).toEqual([join(home, '.ssh/team.pem'), '/home/ana/.ssh/id_ed25519']);
    expect((await host({ KeyName: '../../etc/passwd' })).identityFiles).toEqual([
      '/home/ana/.ssh/id_ed25519',
    ]);
  });

  it('is as the user of its tag, else of the SSH configuration, else of the setting', async () => {
    const setting = { 'trainyard.aws.sshUser': 'set' };
    const Tags = [{ Key: 'trainyard:user', Value: 'tagged' }];
    expect((await host({ Tags }, () => ({ user: 'written' }), setting)).user).toBe('tagged');
    expect((await host({}, () => ({ user: 'written' }), setting)).user).toBe('written');
    expect((await host({}, () => ({}), setting)).user).toBe('set');
  });

  it('is what the SSH configuration says of its id, and nothing that it says of every host', async () => {
    const byId = await host({}, (name) => (name === 'i-1' ? { proxyCommand: 'own way to i-1' } : {}));
    expect(byId).toMatchObject({ hostName: 'i-1', proxyCommand: 'own way to i-1' });
    const byAll = await host({}, (name) => ({ proxyCommand: `nc proxy ${name}` }));
    expect(byAll).toMatchObject({ hostName: '3.4.5.6', proxyCommand: 'nc proxy 3.4.5.6' });
  });

  it('leads through Systems Manager where there is no public address', async () => {
    programs('aws', 'session-manager-plugin');
    const { proxyCommand } = await host(privately);
    expect(proxyCommand).toEqual(expect.arrayContaining(['aws', '--target', 'i-1', '--profile', 'work']));
  });

  it('says what to install for that', async () => {
    programs('aws');
    await expect(host(privately)).rejects.toThrow(/Session Manager plugin \(https:.*Install it/);
    programs();
    process.env.PATH = join(home, 'nothing');
    await expect(host(privately)).rejects.toThrow(/AWS CLI .* and the Session Manager plugin/);
  });

  it('is its private address where that is set, or the SSH configuration has a way', async () => {
    process.env.PATH = join(home, 'nothing');
    const set = await host(privately, () => ({}), { 'trainyard.aws.privateAddress': 'direct' });
    expect(set).toMatchObject({ hostName: '10.0.0.7', proxyCommand: undefined });
    const jumps = [{ ...plain, alias: 'bastion' }];
    expect(await host(privately, () => ({ jumps }))).toMatchObject({ hostName: '10.0.0.7', jumps });
  });

  it('is not while it does not run', async () => {
    await expect(host({ State: { Name: 'stopped' } })).rejects.toThrow(/Start it/);
  });
});

const privately = { PublicIpAddress: undefined } as Partial<Ec2Instance>;
