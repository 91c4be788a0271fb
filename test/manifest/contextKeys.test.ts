import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contextKeys } from '../../src/ui/contextKeys';
import { jobContextValue } from '../../src/ui/trees/jobAbilities';
import { jobsRow } from '../../src/ui/trees/jobsNode';
import { watchdogRow } from '../../src/ui/trees/machineRows/watchdogRows';
import { jobStates, type JobState } from '../../src/core/trainingJob';
import { machineContextValue } from '../../src/ui/trees/machineAbilities';
import { machinesRow, type MachinesNode } from '../../src/ui/trees/machinesNode';
import { kernelRows } from '../../src/ui/trees/machineRows/kernelRows';
import { portRows } from '../../src/ui/trees/machineRows/portRows';
import { aKernel } from '../fakes/notebooks/kernel';
import { anInstance, FakeMachine } from '../fakes/machines';
import { aJob } from '../fakes/trainingJob';
import { aWatchdog } from '../fakes/watchdog';
import { manifest, root, whenClauses } from './manifest';

/** Keys of VS Code's own that our `when` clauses use. */
const theirs = [
  'view',
  'viewItem',
  'resourceFilename',
  'resourceExtname',
  'resourceScheme',
  'explorerResourceIsFolder',
  'workspaceFolderCount',
  'isWorkspaceTrusted',
  'notebookType',
  'notebookKernel',
];

const keys = Object.values(contextKeys) as string[];

describe('context keys', () => {
  it('of `when` clauses are ours or the editor’s', () => {
    for (const clause of whenClauses()) {
      const words = clause
        .replace(/=~ \/.*?\/(?= |$)/g, '')
        .replace(/(?:==|!=) \S+/g, '')
        .match(/[A-Za-z][\w.]*/g);
      for (const word of words ?? []) expect([...keys, ...theirs], clause).toContain(word);
    }
  });

  it('of ours are each used in package.json and set in the code', () => {
    const text = JSON.stringify(manifest);
    const code = sources().join('\n');
    for (const [name, key] of Object.entries(contextKeys)) {
      expect(text).toContain(key);
      expect(
        [`tick('${name}')`, `contextKeys.${name},`].some((set) => code.includes(set)),
        key,
      ).toBe(true);
    }
  });
});

describe('tags of rows', () => {
  const job = (state: JobState) => aJob({ state, source: '/a/train.job.yaml' });
  const submission = {
    key: 1,
    name: 'a',
    connection: 'local',
    startedAt: 0,
    message: '',
    stop: () => undefined,
  };
  const listed = { id: 'x', name: 'x', state: 'running', rawState: '', createdAt: 0, changedAt: 0 } as const;
  const rows = [
    jobsRow({ kind: 'submission', submission }, {}, 0),
    jobsRow({ kind: 'trouble', id: 'x', label: 'x', error: new Error('x') }, {}, 0),
    jobsRow({ kind: 'others', connection: 'x' }, {}, 0, { jobs: [], loading: true }),
    jobsRow({ kind: 'listed', connection: 'x', job: listed }, {}, 0),
  ];
  const instance = anInstance({ removable: true, remoteAuthority: 'ssh-remote+gpu-1' });
  const entries = (['detached', 'attached'] as const).map((state) => {
    const machine = new FakeMachine('ssh/gpu-1');
    machine.become(state);
    return { instance, machine: machine.asMachine() };
  });
  const inCloud = (['start', 'stop'] as const).map((power) => ({
    instance: anInstance({ power, hasPage: true, idle: { words: 'none', stops: false } }),
    machine: new FakeMachine('aws/us-east-1/i-1').asMachine(),
  }));
  const file = { name: 'a', kind: 'file', bytes: 0, modified: 0, mode: 0 } as const;
  const files: readonly MachinesNode[] = [
    { kind: 'folder', machine: 'ssh/gpu-1' },
    { kind: 'folder', machine: 'ssh/gpu-1', path: '/a', file },
    { kind: 'file', machine: 'ssh/gpu-1', path: '/a', file },
  ];
  const forward = { id: 'a', machine: 'ssh/gpu-1', remoteHost: '127.0.0.1', remotePort: 1, localPort: 1 };
  const ports = portRows([forward]).flatMap((part) => [part, ...(part.rows ?? [])]);
  const kernels = kernelRows([aKernel({ state: 'busy' })], () => undefined, 0);
  const given = new Set([
    ...[...entries, ...inCloud].flatMap((entry) => machineContextValue(entry).split(' ')),
    ...files.map((node) => machinesRow(node, undefined, [], 0).contextValue),
    ...kernels.flatMap(({ rows }) => rows ?? []).flatMap(({ row }) => row.contextValue?.split(' ') ?? []),
    ...ports.map(({ row }) => row.contextValue),
    ...[true, false].flatMap(
      (armed) => watchdogRow('ssh/gpu-1', { ...aWatchdog, armed }, 0).contextValue?.split(' ') ?? [],
    ),
    ...jobStates.flatMap((state) => jobContextValue(job(state)).split(' ')),
    ...rows.flatMap((row) => row.contextValue?.split(' ') ?? []),
  ]);

  it('that menus test are tags that rows have', () => {
    const tested = whenClauses().flatMap((clause) =>
      [...clause.matchAll(/viewItem =~ \/\\b(\w+)\\b\//g)].map(([, tag]) => tag),
    );
    expect(tested.length).toBeGreaterThan(0);
    for (const tag of tested) expect([...given]).toContain(tag);
  });

  it('are tested only as whole words, so that a new tag never matches half of another', () => {
    for (const clause of whenClauses().filter((one) => one.includes('viewItem')))
      expect(clause).toMatch(/viewItem =~ \/\\b\w+\\b\//);
  });
});

function sources(): string[] {
  const folder = new URL('src/ui/', root);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
}
