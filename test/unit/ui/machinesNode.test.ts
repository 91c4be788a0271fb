import { describe, expect, it } from 'vitest';
import { ProviderError, SignInError } from '../../../src/core/errors';
import type { MachineState } from '../../../src/core/machine';
import type { MachineEntry } from '../../../src/services/machines/machines';
import {
  machineChildren,
  machinesNodes,
  machinesRow,
  type MachinesNode,
} from '../../../src/ui/trees/machinesNode';
import { machineJobRows, runsOn } from '../../../src/ui/trees/machineRows/machineJobRows';
import type { MachinePart } from '../../../src/ui/trees/machineRows/machinePart';
import { portRows } from '../../../src/ui/trees/machineRows/portRows';
import { pricePart } from '../../../src/ui/trees/machineRows/pricePart';
import { machineRow, machineDescription } from '../../../src/ui/trees/machineRow';
import { tooltipMarkdown } from '../../../src/ui/trees/markdown';
import { anInstance, FakeMachine } from '../../fakes/machines';
import { aJob } from '../../fakes/trainingJob';

function anEntry(id: string, state: MachineState = 'detached', problem?: string): MachineEntry {
  const machine = new FakeMachine(id);
  machine.become(state, problem);
  return { instance: anInstance({ id, label: machine.label }), machine: machine.asMachine() };
}

const gpus: MachinePart = {
  words: () => ['2×A100', 'GPU 83 %'],
  rows: () => [{ row: { id: 'gpu/0', label: 'GPU 0' } }],
};
const watchdog: MachinePart = { words: () => ['stops 18:40'] };
const nobody = () => false;
const row = (node: MachinesNode, entry?: MachineEntry) => machinesRow(node, entry, [], 0);

describe('the Machines view', () => {
  it('is empty where there are none, so that its welcome shows', () => {
    expect(machinesNodes({ entries: [], troubles: [] }, nobody)).toEqual([]);
  });

  it('lists them in their order, under what could not be listed', () => {
    const entries = [anEntry('ssh/b'), anEntry('ssh/a')];
    const troubles = [{ id: 'ssh', label: 'SSH', error: new ProviderError('invalid', 'Line 3 is broken.') }];
    const nodes = machinesNodes({ entries, troubles }, nobody);
    expect(nodes.map((node) => row(node).label)).toEqual(['SSH', 'ssh/b', 'ssh/a']);
    expect(nodes.map((node) => row(node))[0]).toMatchObject({
      description: 'Line 3 is broken.',
      contextValue: 'trouble retryable',
    });
  });

  it('says at once why one can’t be listed, as its label says which', () => {
    const why = 'The EC2 instances can’t be listed: the AWS keys have expired. Get new ones: no';
    const troubles = [{ id: 'aws/x', label: 'aws/x', error: new ProviderError('auth', why) }];
    const rowOf = (of: typeof troubles) =>
      machinesNodes({ entries: [], troubles: of }, nobody).map((node) => row(node))[0];
    expect(rowOf(troubles)).toMatchObject({
      label: 'aws/x',
      description: 'the AWS keys have expired. Get new ones: no',
      tooltip: { facts: [['Why', why]] },
    });
    const error = new SignInError('aws/x', 'The EC2 instances can’t be listed: the sign-in has expired.');
    expect(rowOf([{ id: 'aws/x', label: 'aws/x', error }])).toMatchObject({
      label: 'Sign In to aws/x…',
      description: 'the sign-in has expired.',
      command: { command: 'trainyard.connection.signIn', arguments: ['aws/x'] },
    });
  });

  it('of more than fifty has those that somebody works on in a group of their own', () => {
    const entries = Array.from({ length: 60 }, (_, index) => anEntry(`ssh/gpu-${index}`));
    entries[7] = anEntry('ssh/gpu-7', 'reconnecting');
    const nodes = machinesNodes({ entries, troubles: [] }, (id) => id === 'ssh/gpu-9');
    expect(nodes.map((node) => row(node).label)).toEqual(['Attached (2)', 'Others (58)']);
    expect(machinesNodes({ entries: entries.slice(8, 9), troubles: [] }, nobody)).toHaveLength(1);
  });
});

describe('the row of a machine', () => {
  it('says what is known of an attached one, most important first', () => {
    const entry = anEntry('ssh/gpu-1', 'attached');
    const priced = { ...entry, instance: { ...entry.instance, hourlyUsd: 6.2 } };
    expect(machineDescription(priced, [gpus, pricePart, watchdog])).toBe(
      '2×A100 · GPU 83 % · $6.20/h · stops 18:40',
    );
    expect(machineDescription(entry, [])).toBe('attached');
  });

  it('cuts a long name in its middle, so that state and price have room, and has all of it in the tooltip', () => {
    const rowOf = (label: string) =>
      machineRow({ ...anEntry('ssh/a'), instance: anInstance({ label }) }, [], 0);
    expect(rowOf('digits-training-machine').label).toBe('digits-training-machine');
    const long = 'research-llama-sft-eu-west-1-worker-17';
    expect(rowOf(long).label).toBe('research-llama…worker-17');
    expect(rowOf(long)).toMatchObject({ name: long, tooltip: { title: long } });
    expect(rowOf('🤖'.repeat(200)).label).toBe(`${'🤖'.repeat(14)}…${'🤖'.repeat(9)}`);
  });

  it('says why one is not attached', () => {
    const entry = anEntry('ssh/gpu-1', 'detached', 'The key needs a passphrase: Attach.');
    expect(machineRow(entry, [], 0)).toMatchObject({
      description: 'The key needs a passphrase: Attach.',
      icon: { id: 'warning' },
      contextValue: 'machine attachable reachable watchable',
      children: 'collapsed',
    });
    const [problem] = machineChildren(entry, []);
    expect(problem && row(problem, entry)).toMatchObject({
      label: 'Attach again',
      description: 'The key needs a passphrase: Attach.',
      command: { command: 'trainyard.machine.attach', arguments: ['ssh/gpu-1'] },
    });
  });

  it('does not say its name twice in its one line', () => {
    const entry = anEntry('ssh/a', 'detached', 'Can’t connect to a: nothing listens there.');
    expect(machineDescription(entry, [])).toBe('nothing listens there.');
    const [problem] = machineChildren(entry, []);
    expect(problem && row(problem, entry).description).toBe('nothing listens there.');
  });

  it('has a shape of its own in every state', () => {
    const states: MachineState[] = ['detached', 'attaching', 'attached', 'reconnecting'];
    const icons = states.map((state) => machineRow(anEntry('ssh/a', state), [], 0).icon?.id);
    expect(new Set(icons).size).toBe(states.length);
  });

  it('can be unfolded only where there is something below it', () => {
    expect(machineRow(anEntry('ssh/a'), [], 0).children).toBeUndefined();
    expect(machineRow(anEntry('ssh/a'), [gpus], 0).children).toBe('collapsed');
    expect(machineRow(anEntry('ssh/a', 'attached'), [], 0).children).toBe('expanded');
  });

  it('has what can be done with it as tags', () => {
    const entry = anEntry('ssh/a', 'attached');
    const instance = { ...entry.instance, removable: true, remoteAuthority: 'ssh-remote+a' };
    expect(machineRow({ ...entry, instance }, [], 0).contextValue).toBe(
      'machine detachable removable reachable watchable openable',
    );
  });

  it('to which nothing leads offers nothing that needs a way to it, unless it is attached still', () => {
    const tags = (state: MachineState) => {
      const entry = anEntry('aws/us-east-1/i-1', state);
      const instance = { ...entry.instance, power: 'start' as const, attachable: false };
      return machineRow({ ...entry, instance }, [], 0).contextValue;
    };
    expect(tags('detached')).toBe('machine startable');
    expect(tags('reconnecting')).toBe('machine detachable startable reachable watchable');
  });

  it('shows hostile names and reasons as they are, on one line', () => {
    const entry = anEntry('ssh/a', 'detached', '[x](command:evil)\n\u202e<img src=x>');
    const shown = machineRow({ ...entry, instance: anInstance({ label: 'a\nb\u202e' }) }, [], 0);
    expect(shown.label).toBe('a b');
    expect(shown.description).not.toMatch(/[\n\u202e]/);
    const markdown = shown.tooltip ? tooltipMarkdown(shown.tooltip) : '';
    expect(markdown).not.toContain('](command:evil)');
    expect(markdown).not.toContain('<img');
  });

  it('carries the machine in each node below it, with the files last', () => {
    const entry = anEntry('ssh/a', 'attached');
    const nodes = machineChildren(entry, [gpus]);
    expect(nodes.map((node) => node.kind)).toEqual(['part', 'folder']);
    for (const node of nodes) expect(node).toMatchObject({ machine: 'ssh/a' });
    expect(new Set(nodes.map((node) => row(node, entry).id)).size).toBe(2);
  });
});

describe('the parts of a machine', () => {
  it('are its forwarded ports, with where they are here', () => {
    const forward = {
      id: 'ssh/a/127.0.0.1:6006',
      machine: 'ssh/a',
      remoteHost: '127.0.0.1',
      remotePort: 6006,
      localPort: 16_006,
      name: 'TensorBoard',
    };
    const [ports] = portRows([forward]);
    expect(ports?.row.label).toBe('Ports (1)');
    expect(ports?.rows?.[0]).toMatchObject({
      item: forward.id,
      row: { label: 'TensorBoard', description: '6006 · at 127.0.0.1:16006', contextValue: 'port' },
    });
    expect(portRows([])).toEqual([]);
  });

  it('are the jobs that run on it', () => {
    const [jobs] = machineJobRows([aJob()], 1_061_000);
    expect(jobs?.row.label).toBe('Jobs (1)');
    expect(jobs?.rows?.[0]?.row).toMatchObject({
      label: 'digits',
      command: { arguments: ['digits-k3x9qa'] },
    });
  });

  it.each([
    ['ssh/a', 'ssh/a', true],
    ['ssh/a,b', 'ssh/b', true],
    ['ssh/ab', 'ssh/a', false],
    ['aws/a', 'ssh/a', false],
    ['local', 'local', true],
    ['local', 'ssh/local', false],
  ])('a job on %s runs on %s: %s', (connection, machine, runs) => {
    expect(runsOn(connection, machine)).toBe(runs);
  });
});
