import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import { SshPerson } from '../fakes/sshd/sshPerson';
import { SshdServer } from '../fakes/sshd/sshdServer';

const { signal } = new AbortController();

/** Those of them that are on this computer. A login shell reads the line that sshd gets. */
const shells = [
  '/bin/sh',
  '/bin/bash',
  '/bin/dash',
  '/usr/bin/zsh',
  '/usr/bin/fish',
  '/usr/bin/tcsh',
  '/usr/bin/csh',
  ...(process.env.TRAINYARD_TEST_SHELLS?.split(':') ?? []),
].filter((path) => existsSync(path));

describe.runIf(SshdServer.canAccounts)('a program’s words', () => {
  const servers: SshdServer[] = [];
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  it.each(shells)('arrive as they are where the login shell is %s', async (shell) => {
    const server = await SshdServer.start({ shell });
    servers.push(server);
    const machine = new SshMachine(new SshPerson().parts(server.hostConfig('gpu')));
    try {
      const told = async (words: readonly string[]) => {
        const script = 'for w; do printf "%s\\001\\002" "$w"; done';
        const { stdout, stderr } = await machine.run(['sh', '-c', script, 'sh', ...words], {}, signal);
        expect(stderr).toBe('');
        return stdout.split('\u0001\u0002').slice(0, -1);
      };
      const odd = [
        '',
        "'",
        '\n',
        '\r\n',
        '!',
        '!!',
        '\\',
        '\\\\',
        "\\'",
        '$(id)',
        '`id`',
        '%d',
        '~',
        '*',
        '{a,b}',
        '[a]',
        '=ls',
        '#',
        '^',
        '-n',
        '"',
        'a\tb',
        'é漢🙂',
        '\u0007',
      ];
      expect(await told(odd)).toEqual(odd);
      const made = fc.sample(
        fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { minLength: 20, maxLength: 20 }),
        15,
      );
      for (const group of made) {
        const words = group.map((text) => text.replaceAll(/\0|\u0001\u0002/g, '').toWellFormed());
        expect(await told(words)).toEqual(words);
      }
      // BSD’s csh takes no word of more than a few kB, whatever is done.
      if (basename(shell) === 'csh') return;
      const long = "it's ".repeat(20_000);
      const { stdout } = await machine.run(['printf', '%s', long.slice(0, 20_000)], {}, signal);
      expect(stdout).toBe(long.slice(0, 20_000));
      expect((await machine.run(['printf', '%s', 'x'.repeat(100_000)], {}, signal)).stdout).toHaveLength(
        100_000,
      );
    } finally {
      machine.dispose();
    }
  });
});
