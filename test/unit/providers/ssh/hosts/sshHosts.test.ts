import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SshProgram } from '../../../../../src/providers/ssh/hosts/sshProgram';
import { until } from '../../../../fakes/until';
import { Person, never } from './folder';

const names = async (person: Person) => (await person.hosts().list()).map(({ alias }) => alias);

describe('the list of hosts', () => {
  it('has each concrete name once, in the order of the files, Includes in their place', async () => {
    const person = await Person.make({
      '.ssh/config': 'Host a b *\nHost !c d-? e\nInclude more\nHost -oProxyCommand=x a "f"\nMatch host g\n',
      '.ssh/more': 'Host in1\n Include config\nHost in2 b\n',
    });
    expect(await names(person)).toEqual(['a', 'b', 'e', 'in1', 'in2', 'f']);
  });

  it('says where a host is written', async () => {
    const person = await Person.make({ '.ssh/config': '# mine\n\nHost a\n' });
    expect(await person.hosts().list()).toEqual([
      { alias: 'a', path: person.path('.ssh/config'), line: 3, own: false },
    ]);
  });

  it('is empty without any file, and a mistake hides no host', async () => {
    expect(await names(await Person.make())).toEqual([]);
    const broken = await Person.make({
      '.ssh/config': 'Port x\nUser "\nHost a\nBogus\nHost "b\nHost c\nInclude no/*\n',
    });
    expect(await names(broken)).toEqual(['a', 'c']);
  });

  it('is of the file that is set', async () => {
    const person = await Person.make({ '.ssh/config': 'Host a\n', other: 'Host b\n Port 7\n' });
    person.settings['trainyard.ssh.configFile'] = '~/other';
    expect(await names(person)).toEqual(['b']);
    expect((await person.hosts().resolve('b', never)).port).toBe(7);
    person.settings['trainyard.ssh.configFile'] = '/no/such/file';
    expect(await names(person)).toEqual([]);
  });

  it('has 500 hosts at once, and describes each of them without a program', async () => {
    const blocks = Array.from(
      { length: 500 },
      (_, i) => `Host gpu-${i}\n HostName 10.0.0.${i}\n User u${i}\n`,
    );
    const person = await Person.make({ '.ssh/config': blocks.join('\n') });
    const hosts = person.hosts();
    const start = performance.now();
    const listed = await hosts.list();
    expect(performance.now() - start).toBeLessThan(500);
    for (const { alias } of listed) await hosts.describe(alias);
    expect(performance.now() - start).toBeLessThan(3000);
    expect(listed).toHaveLength(500);
    expect((await hosts.describe('gpu-499')).user).toBe('u499');
  });

  it('follows changes of all files, also of those that come and go, and through links', async () => {
    const person = await Person.make({ 'dots/config': 'Host a\nInclude d/*.conf\n' });
    const hosts = person.hosts();
    const seen = (wanted: string) =>
      until(wanted, async () => (await hosts.list()).map(({ alias }) => alias).join(' ') === wanted);
    onTestFinished(() => {
      hosts.dispose();
    });
    await seen('');
    await mkdir(person.path('.ssh'));
    await symlink(person.path('dots/config'), person.path('.ssh/config'));
    await seen('a');
    await mkdir(person.path('.ssh/d'));
    await person.write('.ssh/d/1.conf', 'Host b\n');
    await seen('a b');
    await person.write('dots/new', 'Host z\nInclude d/*.conf\n');
    await rename(person.path('dots/new'), person.path('dots/config'));
    await seen('z b');
    await person.write('state/ssh_config', 'Host own\n');
    await seen('z b own');
    await rm(person.path('.ssh/d'), { recursive: true });
    await seen('z own');
  });

  it('tells of changes once they are quiet, and not of other files', async () => {
    const person = await Person.make({ '.ssh/config': 'Host a\n' });
    const hosts = person.hosts();
    onTestFinished(() => {
      hosts.dispose();
    });
    let changes = 0;
    hosts.onDidChange(() => {
      changes += 1;
    });
    await hosts.list();
    await person.write('.ssh/known_hosts', 'x');
    for (let i = 0; i < 10; i++) await person.write('.ssh/config', `Host a${i}\n`);
    await until('a change is told', () => changes > 0);
    expect(changes).toBe(1);
    person.settingsChanged.fire();
    expect(changes).toBe(2);
  });

  it('a host that was taken out can’t be connected to any more', async () => {
    const person = await Person.make({ '.ssh/config': 'Host a\n' });
    await expect(person.hosts().resolve('b', never)).rejects.toMatchObject({ kind: 'notFound' });
  });
});

describe('ssh is asked', () => {
  it('in a trusted workspace, and never in another: what it is told to run is not run', async () => {
    const person = await Person.make();
    await person.write('config', `Host gpu\nMatch exec "touch ${person.path('ran')}"\n Port 99\n`);
    person.settings['trainyard.ssh.configFile'] = person.path('config');
    const hosts = person.hosts(new SshProgram());
    expect((await hosts.resolve('gpu', never)).port).toBe(22);
    expect(existsSync(person.path('ran'))).toBe(false);
    person.trusted = true;
    expect((await hosts.resolve('gpu', never)).port).toBe(99);
    expect(existsSync(person.path('ran'))).toBe(true);
  });

  it('and its words name the place of a mistake', async () => {
    const person = await Person.make({ config: 'Host gpu\n Bogus x\nHost b\n' });
    person.settings['trainyard.ssh.configFile'] = person.path('config');
    person.trusted = true;
    const hosts = person.hosts(new SshProgram());
    await expect(hosts.resolve('gpu', never)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/config: line 2: Bad configuration option: bogus/) as string,
    });
    expect((await hosts.list()).map(({ alias }) => alias)).toEqual(['gpu', 'b']);
  });

  it('never for a name that could be an option', async () => {
    await expect(new SshProgram().options('-oProxyCommand=x', 'none', [], never)).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('and where it is missing, our own reading answers', async () => {
    const person = await Person.make({ '.ssh/config': 'Host gpu\n Port 5\n' });
    person.trusted = true;
    expect((await person.hosts().resolve('gpu', never)).port).toBe(5);
  });
});
