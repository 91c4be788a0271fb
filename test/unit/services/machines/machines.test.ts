import { afterEach, describe, expect, it } from 'vitest';
import { Connections } from '../../../../src/services/connections';
import { Machines } from '../../../../src/services/machines/machines';
import { FakeHosts, FakeMachine } from '../../../fakes/machines';
import { never } from '../../../fakes/stateFolder';
import { until } from '../../../fakes/until';

const opened: { dispose(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.dispose();
});

function open(hosts: FakeHosts): Machines {
  const connections = new Connections([hosts]);
  const machines = new Machines(connections);
  opened.push(machines, connections);
  return machines;
}

const ids = (machines: Machines) => machines.known.entries.map(({ instance }) => instance.id);

describe('the machines', () => {
  it('are known at once as they were last read, and read behind the first look', async () => {
    const machines = open(new FakeHosts([new FakeMachine('ssh/a').asMachine()]));
    expect(ids(machines)).toEqual([]);
    expect(machines.isRead).toBe(false);
    await until('they are read', () => machines.isRead);
    expect(ids(machines)).toEqual(['ssh/a']);
  });

  it('of a platform that is slow to answer keep no others waiting', async () => {
    const hosts = new FakeHosts([
      new FakeMachine('ssh/a').asMachine(),
      new FakeMachine('ssh/slow').asMachine(),
    ]);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    hosts.delays.set(
      'ssh/slow',
      promise.then(() => undefined),
    );
    const machines = open(hosts);
    await machines.look();
    expect(ids(machines)).toEqual(['ssh/a']);
    expect(machines.isWaiting).toBe(true);
    resolve(undefined);
    await until('the slow one is known', () => ids(machines).includes('ssh/slow'));
    expect(ids(machines)).toEqual(['ssh/a', 'ssh/slow']);
    expect(machines.isWaiting).toBe(false);
  });

  it('are there as soon as who was refused is let in again', async () => {
    const hosts = new FakeHosts([new FakeMachine('ssh/a').asMachine()]);
    hosts.failures.set('ssh/a', new Error('Sign in'));
    const machines = open(hosts);
    await machines.refresh();
    expect(machines.known.troubles).toHaveLength(1);
    hosts.failures.clear();
    hosts.restored.fire();
    await until('it is listed', () => ids(machines).includes('ssh/a'));
    expect(machines.known.troubles).toEqual([]);
  });

  it('are asked every now and then only while somebody looks', async () => {
    const hosts = new FakeHosts([new FakeMachine('ssh/a').asMachine()]);
    const machines = open(hosts);
    await machines.refresh();
    expect(hosts.watchers.size).toBe(0);
    const [one, other] = [machines.watch(), machines.watch()];
    expect([...hosts.watchers]).toEqual(['ssh/a']);
    one.dispose();
    expect(hosts.watchers.size).toBe(1);
    other.dispose();
    expect(hosts.watchers.size).toBe(0);
  });

  it('are asked anew of their platforms only where a person wants that', async () => {
    const hosts = new FakeHosts([new FakeMachine('ssh/a').asMachine(), new FakeMachine('ssh/b').asMachine()]);
    const machines = open(hosts);
    await machines.refresh();
    await machines.refresh();
    expect(hosts.expired).toEqual([]);
    expect((await machines.askAnew()).entries).toHaveLength(2);
    expect(hosts.expired).toEqual(['ssh/a', 'ssh/b']);
  });

  it('follow their providers, and say so once for each change', async () => {
    const hosts = new FakeHosts([new FakeMachine('ssh/a').asMachine()]);
    const machines = open(hosts);
    await machines.refresh();
    let told = 0;
    machines.onDidChange(() => (told += 1));
    hosts.set([new FakeMachine('ssh/a').asMachine(), new FakeMachine('ssh/b').asMachine()]);
    await until('the new one is known', () => ids(machines).includes('ssh/b'));
    expect(told).toBe(1);
  });

  it('that can’t be listed never hide the others', async () => {
    const hosts = new FakeHosts([new FakeMachine('ssh/a').asMachine(), new FakeMachine('ssh/b').asMachine()]);
    hosts.failures.set('ssh/a', new Error('the file is broken'));
    const machines = open(hosts);
    const { entries, troubles } = await machines.refresh();
    expect(entries.map(({ instance }) => instance.id)).toEqual(['ssh/b']);
    expect(troubles).toMatchObject([{ id: 'ssh/a', error: { message: 'the file is broken' } }]);
  });

  it('tell which of them was attached or lost, and those that are gone tell nothing', async () => {
    const [a, b] = [new FakeMachine('ssh/a'), new FakeMachine('ssh/b')];
    const hosts = new FakeHosts([a.asMachine(), b.asMachine()]);
    const machines = open(hosts);
    await machines.refresh();
    const told: string[] = [];
    machines.onDidChangeStatus((machine) => told.push(`${machine.id} ${machine.status.state}`));
    a.become('attached');
    b.become('reconnecting');
    hosts.set([b.asMachine()]);
    await machines.refresh();
    a.become('detached');
    expect(told).toEqual(['ssh/a attached', 'ssh/b reconnecting']);
  });

  it('are found by their ids, and an unknown one is said to be unknown', async () => {
    const machines = open(new FakeHosts([new FakeMachine('ssh/a').asMachine()]));
    expect((await machines.get('ssh/a')).id).toBe('ssh/a');
    await expect(machines.get('ssh/x')).rejects.toMatchObject({ kind: 'notFound' });
  });

  it('are taken out of their list, and then are gone', async () => {
    const hosts = new FakeHosts([new FakeMachine('ssh/a').asMachine(), new FakeMachine('ssh/b').asMachine()]);
    const machines = open(hosts);
    await machines.refresh();
    await machines.remove('ssh/b', never);
    expect(hosts.removed).toEqual(['ssh/b']);
    expect(ids(machines)).toEqual(['ssh/a']);
  });

  it('of 500 hosts are listed within a moment', async () => {
    const many = Array.from({ length: 500 }, (_, index) => new FakeMachine(`ssh/gpu-${index}`).asMachine());
    const machines = open(new FakeHosts(many));
    const start = performance.now();
    await machines.refresh();
    expect(performance.now() - start).toBeLessThan(250);
    expect(machines.known.entries).toHaveLength(500);
  });
});
