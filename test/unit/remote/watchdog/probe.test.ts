import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOwnStop, type OwnStop } from '../../../../src/core/watchdog/ownStop';
import { readStopProspect, type StopProspect } from '../../../../src/core/watchdog/stopProspect';
import { stopVerdict } from '../../../../src/core/watchdog/stopVerdict';
import { shellQuote } from '../../../../src/node/shellQuote';
import { linux, shells } from '../launchedJob';
import { FakeMachine } from './fakeMachine';

const azureTag = '7783-7084-3265-9085-8269-3286-77';

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly programs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Default 1000. */
  readonly user?: number;
}

/** sudo that asks for a password, as `-n` answers it; what follows allows more. */
const noSudo = 'exit 1';
const freeSudo = 'exit 0';
/** Only shutdown without a password; `sudo true` asks for one. */
const shutdownSudo =
  'case "$*" in *"-l shutdown"*) exit 0;; "-k -n -l") echo "    (root) NOPASSWD: /sbin/shutdown";; *) exit 1;; esac';
/** All is allowed, for a password. */
const askingSudo =
  'case "$*" in *"-n -l shutdown"*|*"-n -l systemctl"*) exit 0;; "-k -n -l") echo "    (ALL : ALL) ALL"; echo "    (root) NOPASSWD: /usr/bin/apt";; *) exit 1;; esac';

const cases: readonly [
  name: string,
  given: Given,
  expected: { readonly [K in keyof StopProspect]?: StopProspect[K] | undefined },
][] = [
  ['root may shut down', { user: 0 }, { stop: 'shutdown -h now', proof: 'you are root here' }],
  [
    'sudo without a password may',
    { programs: { sudo: freeSudo } },
    { stop: 'sudo -n shutdown -h now', proof: 'sudo asks you for no password' },
  ],
  [
    'sudo for shutdown alone is enough',
    { programs: { sudo: shutdownSudo } },
    { stop: 'sudo -n shutdown -h now' },
  ],
  [
    'sudo that lists it and asks for a password is not',
    { programs: { sudo: askingSudo } },
    { stop: undefined },
  ],
  [
    'systemd may allow it',
    { programs: { sudo: noSudo, busctl: 'echo \'s "yes"\'' }, files: { 'run/systemd/system/x': '' } },
    { stop: 'systemctl --no-ask-password poweroff' },
  ],
  [
    'systemd that asks for a password does not',
    { programs: { sudo: noSudo, busctl: 'echo \'s "challenge"\'' }, files: { 'run/systemd/system/x': '' } },
    { stop: undefined },
  ],
  [
    'a container can’t switch its machine off, not even its root',
    { user: 0, files: { '.dockerenv': '' } },
    { container: true, stop: undefined },
  ],
  ['podman’s containers are known', { files: { 'run/.containerenv': '' } }, { container: true }],
  [
    'Kubernetes’ are known',
    { files: { 'proc/1/cgroup': '0::/kubepods/burstable/pod1\n' } },
    { container: true },
  ],
  [
    'AWS is known by its firmware',
    { files: { 'sys/class/dmi/id/sys_vendor': 'Amazon EC2\n' } },
    { cloud: 'aws' },
  ],
  [
    'older AWS is known',
    { files: { 'sys/class/dmi/id/sys_vendor': 'Xen\n', 'sys/class/dmi/id/bios_version': '4.11.amazon\n' } },
    { cloud: 'aws' },
  ],
  [
    'Azure is known by its tag',
    {
      files: {
        'sys/class/dmi/id/sys_vendor': 'Microsoft Corporation\n',
        'sys/class/dmi/id/chassis_asset_tag': `${azureTag}\n`,
      },
    },
    { cloud: 'azure' },
  ],
  [
    'Hyper-V in a cellar is not Azure',
    {
      files: {
        'sys/class/dmi/id/sys_vendor': 'Microsoft Corporation\n',
        'sys/class/dmi/id/chassis_asset_tag': '123\n',
      },
    },
    { cloud: undefined },
  ],
  [
    'Google is known',
    { files: { 'sys/class/dmi/id/product_name': 'Google Compute Engine\n' } },
    { cloud: 'gcp' },
  ],
  [
    'Lambda is known',
    {
      files: { 'sys/class/dmi/id/sys_vendor': 'QEMU\n', 'etc/apt/sources.list.d/lambda-repository.list': '' },
    },
    { cloud: 'lambda' },
  ],
  ['a plain QEMU is none', { files: { 'sys/class/dmi/id/sys_vendor': 'QEMU\n' } }, { cloud: undefined }],
  [
    'a RunPod pod is known, with its command',
    { env: { RUNPOD_POD_ID: 'abc123' }, programs: { runpodctl: '' } },
    { cloud: 'runpod', suggestion: 'runpodctl stop pod abc123' },
  ],
  [
    'where the firmware can’t be read, the metadata service tells, without a proxy and in a second',
    {
      programs: {
        curl: 'case "$*" in *"--noproxy * -m 1"*Metadata-Flavor*169.254.169.254*) echo 12345;; *) exit 22;; esac',
      },
    },
    { cloud: 'gcp' },
  ],
  [
    'on Azure the command for this very VM is found',
    {
      files: { 'sys/class/dmi/id/chassis_asset_tag': `${azureTag}\n` },
      programs: {
        curl: 'case "$*" in *resourceId*) echo /subscriptions/1/resourceGroups/g/providers/x/virtualMachines/v;; esac',
      },
    },
    {
      suggestion:
        'az login --identity --output none && az vm deallocate --no-wait --ids /subscriptions/1/resourceGroups/g/providers/x/virtualMachines/v',
    },
  ],
  [
    'cron that runs keeps it',
    { programs: { crontab: '' }, files: { 'proc/7/comm': 'cron\n' } },
    { keeper: 'cron' },
  ],
  ['cron that does not run keeps nothing', { programs: { crontab: '' } }, { keeper: 'loop' }],
  [
    'hostile words stay on their line',
    { programs: { sudo: noSudo }, env: { RUNPOD_POD_ID: 'x\ncloud=aws\nstop=rm -rf /' } },
    { cloud: 'runpod', stop: undefined },
  ],
];

/** One of them is enough, and not busybox: its own `id` and `crontab` no fake can stand before. */
const replaceable = shells.filter(({ name }) => name !== 'busybox').slice(0, 1);

describe.skipIf(!linux).each(replaceable)('what arming would find, under $name', (shell) => {
  it.for(cases)('%s', ([, given, expected], test) => {
    const machine = new FakeMachine(shell, test);
    for (const [path, content] of Object.entries(given.files ?? {})) {
      mkdirSync(join(machine.root, dirname(path)), { recursive: true });
      writeFileSync(join(machine.root, path), content);
    }
    const programs = {
      id: `echo ${given.user ?? 1000}`,
      curl: 'exit 7',
      wget: 'exit 4',
      crontab: 'exit 1',
      loginctl: 'exit 1',
      systemctl: 'exit 1',
      sudo: noSudo,
      busctl: 'exit 1',
      ...given.programs,
    };
    for (const [name, body] of Object.entries(programs)) machine.program(name, body);
    machine.program('shutdown', `echo really >>"${machine.root}/stops"`);
    const env = { ...machine.env, ...given.env };
    const input = readFileSync('src/remote/watchdogProbe.sh', 'utf8');
    const { stdout } = spawnSync('sh', ['-s'], { env, input, encoding: 'utf8' });
    const found = { stop: undefined, ...readStopProspect(stdout) };
    expect(found).toMatchObject({ system: 'Linux', hasUptime: true, ...expected });
    expect(machine.stops()).toEqual([]);
  });
});

describe.skipIf(!linux).each(shells)('a stop command of one’s own, looked at under $name,', (shell) => {
  it('is there when its first word can be run, and none of it is', (test) => {
    const machine = new FakeMachine(shell, test);
    machine.program('az', `touch "${machine.root}/ran"`);
    machine.write('home/stop it', '');
    machine.write('home/stop', '#!/bin/sh\n');
    chmodSync(join(machine.home, 'stop'), 0o755);
    machine.write('home/plain', '');
    const look = (command: string) => {
      const input = `own=${shellQuote(command)}\n${readFileSync('src/remote/watchdogOwnStop.sh', 'utf8')}`;
      const { stdout } = spawnSync('sh', ['-s'], { env: machine.env, input, encoding: 'utf8' });
      const { state, word } = readOwnStop(command, stdout);
      return [state, word.replace(machine.home, '~')];
    };
    const touch = `touch ${machine.root}/ran`;
    for (const [command, ...expected] of [
      ['az vm deallocate --no-wait', 'found', 'az'],
      ['AZURE_CONFIG_DIR=/x az vm deallocate', 'found', 'az'],
      ['# first\n\n  az login && az vm deallocate', 'found', 'az'],
      ['~/stop', 'found', '~/stop'],
      ['"$HOME/stop" now', 'found', '~/stop'],
      ['cd /tmp; az x', 'found', 'cd'],
      ['azz vm deallocate', 'missing', 'azz'],
      ['$HOME/plain', 'missing', '~/plain'],
      ['~/gone now', 'missing', '~/gone'],
      ['"$HOME/stop it"', 'unclear', ''],
      [`$(${touch}) x`, 'unclear', ''],
      [`A=$(${touch}) az`, 'unclear', ''],
      [`\`${touch}\``, 'unclear', ''],
      ['*', 'unclear', ''],
      ['# nothing', 'unclear', ''],
      ['az "vm', 'wrong', ''],
      [`if ${touch}`, 'wrong', ''],
      [`'; ${touch}; '`, 'unclear', ''],
    ] as const)
      expect([command, ...look(command)]).toEqual([command, ...expected]);
    expect(existsSync(join(machine.root, 'ran'))).toBe(false);
  });
});

describe('what is promised of a stop', () => {
  const own = (command: string, state: OwnStop['state'] = 'found') => ({
    command,
    state,
    word: command.split(' ')[0] ?? '',
  });
  const plain: StopProspect = {
    system: 'Linux',
    hasUptime: true,
    container: false,
    cloud: undefined,
    stop: 'sudo -n shutdown -h now',
    proof: 'sudo asks you for no password',
    why: '',
    keeper: 'systemd',
    hasGpu: true,
  };

  it('is nothing on a system without /proc', () => {
    expect(stopVerdict({ ...plain, system: 'Darwin', hasUptime: false }, own('true'))).toMatchObject({
      possible: false,
      ownHelps: false,
      reason: expect.stringContaining('runs Darwin') as string,
    });
  });

  it.each(['azure', 'lambda', 'runpod'] as const)(
    'is refused on %s, where powering off does not end the bill, with what to do',
    (cloud) => {
      const verdict = stopVerdict({ ...plain, cloud }, undefined);
      expect(verdict).toMatchObject({
        possible: false,
        ownHelps: true,
        reason: expect.stringContaining('Give a stop command') as string,
      });
    },
  );

  it('is no end of the bill on Azure unless the command deallocates', () => {
    const azure = { ...plain, cloud: 'azure' as const };
    expect(stopVerdict(azure, own('sudo poweroff'))).toMatchObject({
      possible: true,
      endsBill: false,
      bill: expect.stringContaining('does not deallocate') as string,
    });
    expect(stopVerdict(azure, own('az vm deallocate --ids x'))).toMatchObject({
      possible: true,
      bill: expect.stringContaining('not known') as string,
    });
  });

  it('is refused for a command of one’s own that can’t run, and told how far one was looked at', () => {
    expect(stopVerdict(plain, own('azz vm', 'missing'))).toMatchObject({
      possible: false,
      reason: expect.stringMatching(/no program of that name.*: azz$/) as string,
    });
    expect(stopVerdict(plain, own('az "', 'wrong'))).toMatchObject({
      possible: false,
      reason: expect.stringContaining('quotes') as string,
    });
    expect(stopVerdict(plain, own('az vm'))).toMatchObject({
      proof: expect.stringContaining('`az` is there; it is not tried now') as string,
    });
    expect(stopVerdict(plain, own('$(x)', 'unclear'))).toMatchObject({
      proof: expect.stringContaining('could not be seen') as string,
    });
  });

  it('is told by the instance’s own shutdown behavior on AWS', () => {
    expect(stopVerdict({ ...plain, cloud: 'aws' }, undefined)).toMatchObject({
      possible: true,
      endsBill: true,
      bill: expect.stringContaining('terminates') as string,
    });
  });

  it('is only that it powers off where nobody knows whose the machine is', () => {
    expect(stopVerdict(plain, undefined)).toMatchObject({
      possible: true,
      endsBill: false,
      stop: plain.stop,
      proof: 'Sudo asks you for no password.',
    });
  });

  it('is refused where nothing stops it, with why and what to do', () => {
    const none = { ...plain };
    delete (none as { stop?: string }).stop;
    expect(stopVerdict({ ...none, why: 'there is no sudo' }, undefined)).toMatchObject({
      possible: false,
      ownHelps: true,
      reason: expect.stringMatching(/there is no sudo.*sudoers/) as string,
    });
    expect(stopVerdict({ ...none, container: true }, undefined)).toMatchObject({
      possible: false,
      reason: expect.stringContaining('container') as string,
    });
  });
});
