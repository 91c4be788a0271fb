import { describe, expect, it } from 'vitest';
import type { SshMachineParts } from '../../../../../src/providers/ssh/link/parts';
import { SshProvider } from '../../../../../src/providers/ssh/ssh';
import { LocalMachine } from '../../../../fakes/localMachine';
import { Person, never } from './folder';

function provider(person: Person) {
  const parts: SshMachineParts[] = [];
  const connect = (given: SshMachineParts): LocalMachine => {
    parts.push(given);
    return Object.assign(new LocalMachine(person.home), { id: `ssh/${given.alias}`, label: given.alias });
  };
  return { ssh: new SshProvider(person.context(), connect, person.hosts(), person.home), parts };
}

const config =
  'Host a\n HostName a.lab\n Port 2222\n ProxyJump j1,j2\nHost b\n HostName 10.0.0.1\n User bob\n';

describe('SSH', () => {
  it('has a connection for each host, with jobs and one machine, told by what is written', async () => {
    const person = await Person.make({ '.ssh/config': config });
    person.settings['trainyard.ssh.hourlyUsd'] = { b: 2.5 };
    const { ssh } = provider(person);
    const connections = await ssh.connections();
    expect(connections.map(({ id, label }) => [id, label])).toEqual([
      ['ssh/a', 'a'],
      ['ssh/b', 'b'],
    ]);
    const lists = await Promise.all(connections.map(async ({ instances }) => instances?.list(never)));
    expect(lists.flat()).toEqual([
      {
        id: 'ssh/a',
        label: 'a',
        state: 'unknown',
        hourlyUsd: null,
        facts: [
          ['Address', 'a.lab:2222'],
          ['User', 'me'],
          ['Through', 'j1 → j2'],
          ['Written in', `${person.path('.ssh/config')}:1`],
        ],
        source: person.path('.ssh/config'),
        removable: false,
        remoteAuthority: 'ssh-remote+a',
      },
      {
        id: 'ssh/b',
        label: 'b',
        state: 'unknown',
        hourlyUsd: 2.5,
        facts: [
          ['Address', '10.0.0.1'],
          ['User', 'bob'],
          ['Written in', `${person.path('.ssh/config')}:5`],
        ],
        source: person.path('.ssh/config'),
        removable: false,
        remoteAuthority: 'ssh-remote+b',
      },
    ]);
    expect(connections.every(({ trainingJobs }) => trainingJobs !== undefined)).toBe(true);
  });

  it('keeps one machine for a host, which reads the configuration anew', async () => {
    const person = await Person.make({ '.ssh/config': 'Host a\n Port 1\n' });
    const { ssh, parts } = provider(person);
    const machine = async () => (await ssh.connections())[0]?.instances?.machine('ssh/a');
    const first = await machine();
    expect((await parts[0]?.resolve(never))?.port).toBe(1);
    await person.write('.ssh/config', '\nHost a\n Port 2\n');
    person.settingsChanged.fire();
    expect(await machine()).toBe(first);
    expect((await parts[0]?.resolve(never))?.port).toBe(2);
    expect(parts).toHaveLength(1);
  });

  it('takes out again what was added by hand, and nothing else', async () => {
    const person = await Person.make({ '.ssh/config': 'Host a\n Port 1\n' });
    const { ssh } = provider(person);
    await ssh.adding.add('ssh me@b.lab', never);
    const connection = async (id: string) => (await ssh.connections()).find((one) => one.id === id);
    expect(await connection('ssh/a')).toBeDefined();
    expect((await connection('ssh/a'))?.remove).toBeUndefined();
    const [added] = (await ssh.connections()).filter(({ id }) => id !== 'ssh/a');
    await added?.remove?.(never);
    expect((await ssh.connections()).map(({ id }) => id)).toEqual(['ssh/a']);
  });

  it('takes several hosts together by their names, each known and once', async () => {
    const { ssh } = provider(await Person.make({ '.ssh/config': config }));
    const both = await ssh.unlisted('ssh/a,b');
    expect(both).toMatchObject({ id: 'ssh/a,b', label: 'a, b' });
    expect(both?.trainingJobs).toBeDefined();
    expect(await ssh.unlisted('ssh/a,b')).toBe(both);
    expect(await ssh.unlisted('aws/a')).toBeUndefined();
    await expect(ssh.unlisted('ssh/a,a')).rejects.toMatchObject({ kind: 'invalid' });
    for (const [id, absent] of [
      ['ssh/a,c', 'c'],
      ['ssh/c', 'c'],
      ['ssh/a,', ''],
      ['ssh/', ''],
    ] as const)
      await expect(ssh.unlisted(id)).rejects.toMatchObject({
        kind: 'notFound',
        message: expect.stringMatching(new RegExp(`Add Connection….*: ${absent}$`)) as string,
      });
  });

  it('tells of a mistake and of a price that is none at their machine, and hides no other', async () => {
    const person = await Person.make({ '.ssh/config': 'Host a\n ProxyJump a\nHost b\n' });
    person.settings['trainyard.ssh.hourlyUsd'] = { a: -1 };
    const connections = await provider(person).ssh.connections();
    const [a, b] = await Promise.all(
      connections.map(async ({ instances }) => (await instances?.list(never))?.[0]),
    );
    expect(a?.hourlyUsd).toBeNull();
    expect(a?.facts[0]?.[1]).toMatch(/a → a$/);
    expect(a?.facts.at(-1)).toEqual(['Price', expect.stringContaining('no price for a')]);
    expect(b?.facts[0]).toEqual(['Address', 'b']);
  });

  it('names a host for Remote - SSH where ssh itself knows it', async () => {
    for (const yes of [true, false]) {
      const person = await Person.make({ '.ssh/config': 'Host Big\n' });
      person.yes = yes;
      const { ssh } = provider(person);
      await ssh.adding.add('gpu:2222', never);
      const authorities = new Map<string, string | undefined>();
      for (const { label, instances } of await ssh.connections())
        authorities.set(label, (await instances?.list(never))?.[0]?.remoteAuthority);
      expect(authorities.get('gpu')).toBe(yes ? 'ssh-remote+gpu' : undefined);
      expect(authorities.get('Big')).toBe(`ssh-remote+${Buffer.from('{"hostName":"Big"}').toString('hex')}`);
    }
  });

  it('takes only added hosts out, and lets go of them', async () => {
    const person = await Person.make({ '.ssh/config': 'Host a\n' });
    const { ssh } = provider(person);
    const id = await ssh.adding.add('me@gpu:2222', never);
    const find = async (wanted: string) =>
      (await ssh.connections()).find((one) => one.id === wanted)?.instances;
    const [added, written] = [await find(id), await find('ssh/a')];
    await added?.machine(id).attach({}, never);
    await expect(written?.remove('ssh/a', never)).rejects.toMatchObject({ kind: 'conflict' });
    await added?.remove(id, never);
    expect(added?.machine(id).status.state).toBe('detached');
    expect((await ssh.connections()).map((one) => one.id)).toEqual(['ssh/a']);
  });
});
