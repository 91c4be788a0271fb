import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorityOf, machineOfAuthority } from '../../../src/ui/machines/machineUri';
import type { MachinesNode } from '../../../src/ui/trees/machinesNode';
import { RemoteFolders, type FolderNode } from '../../../src/ui/trees/remoteFolders';
import { LocalMachine } from '../../fakes/localMachine';
import { until } from '../../fakes/until';

let home = '';
let machine: LocalMachine;
let now = 0;
const changed: FolderNode[] = [];
const top: FolderNode = { kind: 'folder', machine: 'ssh/here' };

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trainyard-folders-'));
  machine = new LocalMachine(home);
  now = 0;
  changed.length = 0;
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const open = () =>
  new RemoteFolders(
    () => Promise.resolve(machine),
    (node) => changed.push(node),
    () => now,
  );
const names = (nodes: readonly MachinesNode[]) =>
  nodes.map((node) => ('file' in node ? `${node.kind} ${node.file.name}` : node.kind));

describe('the files of a machine', () => {
  it('begin at home, folders first and numbers in their order; a link is what it leads to', async () => {
    for (const name of ['run-10.log', 'run-9.log']) writeFileSync(join(home, name), '');
    mkdirSync(join(home, 'data'));
    symlinkSync('data', join(home, 'a-link'));
    symlinkSync('nowhere', join(home, 'broken'));
    const nodes = await open().children(top);
    expect(names(nodes)).toEqual([
      'folder data',
      'folder a-link',
      'file broken',
      'file run-9.log',
      'file run-10.log',
    ]);
  });

  it('are asked for again when somebody looks after a while, and drawn only where they changed', async () => {
    const folders = open();
    await folders.children(top);
    writeFileSync(join(home, 'new'), '');
    expect(await folders.children(top)).toEqual([]);
    now = 60_000;
    await folders.children(top);
    await until('the change is told', () => changed.length === 1);
    expect(names(await folders.children(top))).toEqual(['file new']);
    now = 120_000;
    await folders.children(top);
    await folders.children(top);
    expect(changed).toHaveLength(1);
  });

  it('that can’t be listed say why', async () => {
    const nodes = await open().children({ ...top, path: join(home, 'gone') });
    expect(nodes).toMatchObject([{ kind: 'noFiles', machine: 'ssh/here' }]);
  });

  it('are at most a thousand of one folder, and say how many more there are', async () => {
    const many = Array.from({ length: 1200 }, (_, index) => ({
      name: `f${index}`,
      kind: 'file' as const,
      bytes: 0,
      modified: 0,
      mode: 0o644,
    }));
    const files = { ...machine.files, list: () => Promise.resolve(many) };
    machine = Object.create(machine, { files: { value: files } }) as LocalMachine;
    const nodes = await open().children(top);
    expect(nodes).toHaveLength(1001);
    expect(nodes.at(-1)).toMatchObject({ kind: 'more', count: 200 });
  });
});

describe('the address of a machine’s files', () => {
  it.each(['ssh/gpu-1', 'ssh/GPU_1', 'ssh/a.b:22', 'ssh/größe 🚂', 'ssh/a+b', 'ssh/a_41_b'])(
    'holds the whole id, whatever the editor makes small: %s',
    (id) => {
      const authority = authorityOf(id);
      expect(authority).toBe(authority.toLowerCase());
      expect(authority).toMatch(/^[a-z0-9.+_-]+$/);
      expect(machineOfAuthority(authority)).toBe(id);
    },
  );
});
