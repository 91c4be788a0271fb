import { chmod, lstat, mkdir, readFile, readdir, stat, symlink } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostAdding } from '../../../../../src/providers/ssh/hosts/addHost';
import { readAddedHost } from '../../../../../src/providers/ssh/hosts/addedHost';
import { configLines } from '../../../../../src/providers/ssh/hosts/configText';
import { configWord } from '../../../../../src/providers/ssh/hosts/configWord';
import { SshProgram } from '../../../../../src/providers/ssh/hosts/sshProgram';
import { Person, never } from './folder';

const adding = (person: Person, hosts = person.hosts()) =>
  new HostAdding(hosts, person.context(), person.home);
const read = (person: Person, path: string) => readFile(person.path(path), 'utf8');

describe('a machine written as for ssh', () => {
  it.each([
    ['gpu', { hostName: 'gpu' }],
    ['ssh gpu.lab', { hostName: 'gpu.lab' }],
    ['  me@10.0.0.5:2222 ', { hostName: '10.0.0.5', user: 'me', port: 2222 }],
    ['ssh://me@gpu.lab:22/', { hostName: 'gpu.lab', user: 'me', port: 22 }],
    ['me@[fe80::1]:22', { hostName: 'fe80::1', user: 'me', port: 22 }],
    ['ssh me@::1', { hostName: '::1', user: 'me' }],
    ['ssh -p2222 -l me gpu', { hostName: 'gpu', user: 'me', port: 2222 }],
    [
      `ssh me@gpu -p 2222 -i "~/my key" -J a@j:1,k`,
      { hostName: 'gpu', user: 'me', port: 2222, identityFile: '~/my key', jumps: 'a@j:1,k' },
    ],
    ['ssh', { hostName: 'ssh' }],
  ])('%j is read', (text, host) => {
    expect(readAddedHost(text)).toEqual(host);
  });

  it.each([
    ['', 'Write the machine'],
    ['me@', 'not a machine’s name: me@'],
    ['ssh -L 8080:localhost:80 gpu', 'leave it out: -L'],
    ['ssh -oProxyCommand=x gpu', 'leave it out: -oProxyCommand=x'],
    ['ssh gpu ls', 'without a command to run on it: ls'],
    ['ssh gpu; rm -rf /', 'one ssh command'],
    ['ssh $HOST', 'without variables'],
    ['ssh `id`', 'without variables'],
    ["ssh 'a b'", 'not a machine’s name'],
    ["ssh 'me;id@gpu'", 'can’t be a user’s name'],
    ['gpu\nProxyCommand x', 'one line'],
    ['gpu:0', 'not a machine’s name'],
    ['gpu -p 99999', 'not a port: 99999'],
    ['gpu -p', 'Nothing stands after -p'],
    ['gpu -p 1 -p 2', 'given twice: -p'],
    ['gpu -i key.pem', 'whole path of the key'],
    ["gpu -i '/a\"b'", 'whole path of the key'],
    ["gpu -J 'a;id'", 'not machines to go through'],
    ["gpu -J '-x'", 'not machines to go through'],
    ["'*'", 'can’t be a machine’s name'],
    ['"-x"', 'leave it out: -x'],
  ])('%j is refused', (text, why) => {
    expect(readAddedHost(text)).toContain(why);
  });

  it('a word of an ssh_config is read back as it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/\p{Cc}/u.test(text)),
        (text) => {
          expect(configLines(`User ${configWord(text)}`)[0]?.words).toEqual([text]);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('whatever is typed adds no line of its own to the configuration', () => {
    const piece = fc.constantFrom(
      'a',
      '@',
      ':22',
      '-p',
      '-i',
      '/k',
      ' ',
      '"',
      "'",
      '\n',
      '\r',
      '#',
      '\\',
      '$',
      '*',
      ',',
      '!',
      '%h',
      '=',
      ';',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const host = readAddedHost(pieces.join(''));
        if (typeof host === 'string') return;
        const { hostName, user = 'x', identityFile = 'x' } = host;
        expect(`${hostName}${user}`).toMatch(/^[\p{L}\p{N}._@:+-]+$/u);
        expect(identityFile).not.toMatch(/["\p{Cc}]/u);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('adding a host', () => {
  it('writes it to a file of ours, from which ssh can be told of it', async () => {
    const person = await Person.make({ '.ssh/config': 'Host *\n User all\n Port 7\n', 'my key%': '' });
    const hosts = person.hosts();
    expect(await adding(person, hosts).add('ssh gpu.lab -p 2222 -i "~/my key%" -J j', never)).toBe(
      'ssh/gpu.lab',
    );
    expect(await read(person, 'state/ssh_config')).toBe(
      [
        '# SSH hosts that were added in Trainyard. Changes that you make here count at once.',
        '',
        'Host gpu.lab',
        '    HostName gpu.lab',
        '    Port 2222',
        '    IdentityFile "~/my key%%"',
        '    ProxyJump j',
        '',
      ].join('\n'),
    );
    expect((await stat(person.path('state/ssh_config'))).mode & 0o777).toBe(0o600);
    expect(await hosts.list()).toMatchObject([{ alias: 'gpu.lab', own: true }]);
    expect(await hosts.resolve('gpu.lab', never)).toMatchObject({
      hostName: 'gpu.lab',
      port: 2222,
      user: 'all',
      identityFiles: [person.path('my key%')],
      jumps: [{ alias: 'j', port: 7 }],
    });
  });

  it('counts before the user’s file also when ssh itself is asked', async () => {
    const person = await Person.make({ config: 'Host *\n User all\n Port 7\n', 'a key': '' });
    person.settings['trainyard.ssh.configFile'] = person.path('config');
    person.trusted = true;
    person.yes = false;
    const hosts = person.hosts(new SshProgram());
    await adding(person, hosts).add(`ssh gpu.lab:2222 -i '${person.path('a key')}' -J me@j:1`, never);
    expect(await hosts.resolve('gpu.lab', never)).toMatchObject({
      port: 2222,
      user: 'all',
      identityFiles: [person.path('a key')],
      jumps: [{ alias: 'j', port: 1, user: 'me' }],
    });
  });

  it('gives each its own name, and knows one that is there', async () => {
    const person = await Person.make({ '.ssh/config': 'Host gpu\n' });
    const add = adding(person);
    expect(await add.add('gpu', never)).toBe('ssh/gpu');
    expect(await add.add('me@gpu', never)).toBe('ssh/gpu-2');
    expect(await add.add('gpu:23', never)).toBe('ssh/gpu-3');
    expect(await add.add('[fe80::1]:23', never)).toBe('ssh/fe80-1');
  });

  it('refuses what is wrong, and a key that is not there, and leaves no file', async () => {
    const person = await Person.make();
    await expect(adding(person).add('gpu -L x', never)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(adding(person).add('gpu -i ~/no', never)).rejects.toMatchObject({ kind: 'notFound' });
    expect(await readdir(person.home)).toEqual([]);
  });

  it('asks once whether ssh may know too, and then puts two lines at the top, no other byte touched', async () => {
    const before = 'Host a\r\n  Port 1\r\n# \u00e4 no newline at the end';
    const person = await Person.make({ '.ssh/config': before });
    await chmod(person.path('.ssh/config'), 0o640);
    const add = adding(person);
    await add.add('x', never);
    await add.add('y', never);
    expect(person.asked).toHaveLength(1);
    const after = await read(person, '.ssh/config');
    expect(after.endsWith(before)).toBe(true);
    expect(after.slice(0, -before.length)).toMatch(/^# Machines .*\r\nInclude \S+\/state\/ssh_config\r\n$/);
    expect((await stat(person.path('.ssh/config'))).mode & 0o777).toBe(0o640);
    await add.remove('x');
    expect(await read(person, '.ssh/config')).toBe(after);
    await add.remove('y');
    expect(await read(person, '.ssh/config')).toBe(before);
    expect(await readdir(person.path('state'))).toEqual([]);
  });

  it('makes the user’s file where there is none, for the user only', async () => {
    const person = await Person.make();
    const add = adding(person);
    await add.add('x', never);
    expect((await stat(person.path('.ssh'))).mode & 0o777).toBe(0o700);
    expect((await stat(person.path('.ssh/config'))).mode & 0o777).toBe(0o600);
    expect(await read(person, '.ssh/config')).toContain('Include ');
  });

  it('follows a link to the file that is really meant', async () => {
    const person = await Person.make({ 'dots/config': 'Host a\n' });
    await mkdir(person.path('.ssh'));
    await symlink('../dots/config', person.path('.ssh/config'));
    await adding(person).add('x', never);
    expect((await lstat(person.path('.ssh/config'))).isSymbolicLink()).toBe(true);
    expect(await read(person, 'dots/config')).toMatch(/^# Machines[^]*Host a\n$/);
  });

  it('works without the lines: declined, or in a file that may not be written', async () => {
    const declined = await Person.make({ '.ssh/config': 'Host a\n' });
    declined.yes = false;
    await adding(declined).add('x', never);
    await adding(declined).add('y', never);
    expect(declined.asked).toHaveLength(1);
    expect(await read(declined, '.ssh/config')).toBe('Host a\n');
    const locked = await Person.make({ '.ssh/config': 'Host a\n' });
    await chmod(locked.path('.ssh/config'), 0o400);
    const hosts = locked.hosts();
    expect(await adding(locked, hosts).add('x', never)).toBe('ssh/x');
    expect(await read(locked, '.ssh/config')).toBe('Host a\n');
    expect(locked.warnings.join()).toContain('write-protected');
    expect((await hosts.resolve('x', never)).hostName).toBe('x');
  });

  it('with the lines in place ssh resolves the host alike', async () => {
    const person = await Person.make({ config: 'Host *\n User all\n' });
    person.settings['trainyard.ssh.configFile'] = person.path('config');
    await adding(person).add('gpu.lab:2222', never);
    const options = await new SshProgram().options('gpu.lab', person.path('config'), [], never);
    expect(options?.get('port')).toEqual(['2222']);
    expect(options?.get('user')).toEqual(['all']);
  });

  it('takes out just that host, whatever was written around it by hand', async () => {
    const person = await Person.make({
      'state/ssh_config': '# top\nHost a\n Port 1\n\n\nHost b c\n Port 2\n# end\nHost d\n',
    });
    const { own } = person.hosts();
    expect(await own.remove('a')).toBe(2);
    expect(await read(person, 'state/ssh_config')).toBe('# top\n\n\nHost b c\n Port 2\n# end\nHost d\n');
    await own.remove('b');
    await own.remove('d');
    expect(await read(person, 'state/ssh_config')).toBe('# top\n\n\nHost c\n Port 2\n# end\n');
  });
});
