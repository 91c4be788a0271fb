import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../src/core/errors';
import { readConfigFiles } from '../../src/providers/ssh/hosts/configFiles';
import { hostConfig, type ReadOptions } from '../../src/providers/ssh/hosts/hostConfigs';
import { ownReading } from '../../src/providers/ssh/hosts/ownReading';
import { SshProgram } from '../../src/providers/ssh/hosts/sshProgram';
import { surroundings } from '../../src/providers/ssh/hosts/surroundings';

const around = { ...surroundings(), env: { ...process.env, KEYS: '/keys', SSH_AUTH_SOCK: '/agent' } };
const program = new SshProgram('ssh', around.env);
const never = new AbortController().signal;

const aliases = ['a', 'gpu-1', 'gpu-2', 'Web.Lab', 'x10'];
const pattern = fc.constantFrom(
  '*',
  'a',
  'gpu-*',
  '!gpu-2',
  'gpu-?',
  'Web.Lab',
  'web.lab',
  '*.Lab',
  'x10',
  '!x*',
  '??',
  '"a"',
);
const list = (item: fc.Arbitrary<string>, separator: string) =>
  fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(separator));

const option = fc.oneof(
  fc
    .constantFrom('10.0.0.5', '%h.example.com', 'Big.Example.COM', '%%x', '::1', 'fe80::1', '"quoted"')
    .map((name) => `HostName ${name}`),
  fc.constantFrom('me', 'root', '"two words"', 'DOMAIN\\me').map((name) => `User ${name}`),
  fc.constantFrom('22', '2222', '=2200', ' = 65535').map((port) => `Port ${port}`),
  fc
    .constantFrom(
      '~/.ssh/%h',
      '/k/%r@%n:%p',
      '"/k/with space"',
      '${KEYS}/id',
      '/k/%d/%u/%i/%L/%l/%C/%k/%%',
      'none',
      '/k/a#b',
      '/k/c # d',
    )
    .map((path) => `IdentityFile ${path}`),
  fc.constantFrom('yes', 'no', 'TRUE', 'false').map((flag) => `IdentitiesOnly ${flag}`),
  fc
    .constantFrom('none', 'SSH_AUTH_SOCK', '$KEYS', '~/agent-%r', '"/a b/${KEYS}"')
    .map((agent) => `IdentityAgent ${agent}`),
  // Not with a path: after a `no` ssh itself keeps to that, and `ssh -G` prints the path all the same.
  fc.constantFrom('yes', 'no').map((agent) => `ForwardAgent ${agent}`),
  fc
    .constantFrom('none', 'j1', 'u@j1:23,j2', 'j2,[::1]:24', 'ssh://v@j3:25', 'gpu-1', 'a,j1')
    .map((jumps) => `ProxyJump ${jumps}`),
  fc
    .constantFrom('none', 'nc -x "a b" %h %p', "sh -c 'x' %r %n %% # y", '= relay %h')
    .map((command) => `ProxyCommand ${command}`),
  fc
    .constantFrom('none', '~/kh', '~/kh "/x/%k y"', '/dev/null', '/x/%h /x/${KEYS}')
    .map((files) => `UserKnownHostsFile ${files}`),
  fc.constantFrom('none', '/etc/kh', '/etc/kh /etc/kh2').map((files) => `GlobalKnownHostsFile ${files}`),
  fc.constantFrom('Alias', 'other').map((name) => `HostKeyAlias ${name}`),
  fc.constantFrom('yes', 'no', 'off', 'ask', 'accept-new').map((value) => `StrictHostKeyChecking ${value}`),
  fc
    .constantFrom(
      'ssh-ed25519',
      'rsa-sha2-512,ssh-ed25519',
      '+ssh-rsa',
      '-ssh-ed25519*',
      '^rsa-sha2-*',
      'ecdsa-*',
    )
    .map((names) => `HostKeyAlgorithms ${names}`),
  fc.constantFrom('5', '1m', '1m30s', 'none', '2H').map((time) => `ConnectTimeout ${time}`),
  fc.constantFrom('yes', 'no').map((flag) => `HashKnownHosts ${flag}`),
  fc.constantFrom(
    '# a comment',
    '',
    'Compression yes',
    'SendEnv LANG LC_*',
    'LocalForward 8080 localhost:80',
  ),
);
const criterion = fc.oneof(
  list(pattern, ',').map((hosts) => `host ${hosts.replaceAll('"', '')}`),
  list(pattern, ',').map((hosts) => `!originalhost ${hosts.replaceAll('"', '')}`),
  fc.constantFrom(
    'user me',
    'user root,!me',
    '!user me',
    `localuser ${around.user}`,
    'localuser=nobody',
    'canonical',
    'final',
    '!final',
    '!canonical',
  ),
);
const heading = fc.oneof(
  { weight: 3, arbitrary: list(pattern, ' ').map((hosts) => `Host ${hosts}`) },
  { weight: 2, arbitrary: list(criterion, ' ').map((criteria) => `Match ${criteria}`) },
  fc.constantFrom('Match all', 'Match final all', 'Match canonical all', 'host=a', 'Match !all'),
);
const indent = fc.constantFrom('', '  ', '\t');
const block = fc
  .tuple(
    heading,
    fc.array(fc.tuple(indent, option), { maxLength: 4 }),
    fc.constantFrom('', 'Include DIR/i1', 'Include DIR/i*', '  Include "DIR/i2" DIR/none'),
  )
  .map(([head, lines, include]) => [head, ...lines.map((parts) => parts.join('')), include].join('\n'));
const text = fc
  .tuple(fc.array(option, { maxLength: 2 }), fc.array(block, { maxLength: 5 }), fc.constantFrom('\n', '\r\n'))
  .map(([lines, blocks, end]) => `${[...lines, ...blocks].join('\n')}\n`.replaceAll('\n', end));

describe('our own reading of an ssh_config', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-config-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('says of a host what ssh itself says, in hundreds of configurations', async () => {
    let failed = 0;
    let good = 0;
    const one = async (main: string, first: string, second: string, alias: string) => {
      const files = { config: main, i1: first.replaceAll('Include DIR/i1', ''), i2: second };
      for (const [name, content] of Object.entries(files)) {
        const inner =
          name === 'config' ? content : content.replaceAll(/Include .*/g, '').replaceAll('DIR', folder);
        await writeFile(join(folder, name), inner.replaceAll('DIR', folder));
      }
      const path = join(folder, 'config');
      const config = await readConfigFiles([{ path, base: join(around.home, '.ssh') }], around.home);
      const ours = await answer(alias, (name, presets) =>
        Promise.resolve(ownReading(config, name, presets, around, { warn: () => undefined })),
      );
      const theirs = await answer(alias, async (name, presets) => {
        const options = await program.options(name, path, presets, never);
        if (!options) throw new Error('There is no ssh here');
        return options;
      });
      if ('error' in theirs) failed += 1;
      else good += 1;
      if ('error' in theirs && 'error' in ours) return;
      expect(ours).toEqual(theirs);
    };
    await fc.assert(fc.asyncProperty(text, text, text, fc.constantFrom(...aliases), one), {
      numRuns: Number(process.env.N ?? 400),
    });
    // Most of them must be good ones, or little would have been compared.
    expect(failed).toBeLessThan(good / 3);
  });
});

async function answer(alias: string, read: ReadOptions): Promise<object> {
  try {
    return await hostConfig(alias, [], read, around);
  } catch (error) {
    return { error: messageOf(error) };
  }
}
