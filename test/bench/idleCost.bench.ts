import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@playwright/test';
import { Editor } from '../e2e/harness/editor';
import { extensionHostPid } from '../e2e/harness/extensionHost';
import { host } from '../e2e/harness/window';
import { newWorkspace } from '../e2e/harness/workspace';
import { heapOf } from './inspector';
import { cpuSeconds } from './processTime';
import type { Bench } from './row';

/** Until the editor has done what it does at its start. */
const settling = 30_000;
const watched = 60_000;

interface Cost {
  /** Bytes after garbage was collected. */
  readonly heap: number;
  /** Percent of one core. */
  readonly cpu: number;
  /** Other ends of connections to other computers that were seen. */
  readonly connections: ReadonlySet<string>;
}

/** What the extension host of an idle window costs with Trainyard's view open, above the same window without Trainyard. */
export const bench: Bench = async () => {
  const without = await costWithout();
  const ours = await costWith();
  const note = `the extension host's process, ${watched / 1000} s after ${settling / 1000} s of rest: heap by its inspector after a collection (with ${mega(ours.heap)}, without ${mega(without.heap)} MB), CPU by /proc (with ${ours.cpu.toFixed(3)}, without ${without.cpu.toFixed(3)} %), connections by its sockets each second`;
  return [
    {
      number: 13,
      metric: 'idle window: heap',
      ours: (ours.heap - without.heap) / 1e6,
      unit: 'MB',
      target: { atMost: 12 },
      note,
    },
    {
      number: 13,
      metric: 'idle window: CPU',
      ours: Math.max(0, ours.cpu - without.cpu),
      unit: '%',
      limit: 'a hundredth of a second in the time watched',
      target: { atMost: 0.1 },
    },
    {
      number: 13,
      metric: 'idle window: connections',
      ours: ours.connections.size,
      unit: 'seen',
      limit: `${without.connections.size} without Trainyard`,
      target: { atMost: without.connections.size },
      note: `to ${[...ours.connections].join(', ') || 'nowhere'}; without Trainyard to ${[...without.connections].join(', ') || 'nowhere'} (addresses as /proc writes them)`,
    },
  ];
};

async function costWith(): Promise<Cost> {
  const workspace = newWorkspace();
  const editor = await Editor.start(workspace);
  try {
    await editor.showTrainyard();
    return await cost(await editor.extensionHostPid());
  } finally {
    await editor.stop();
    workspace.delete();
  }
}

async function costWithout(): Promise<Cost> {
  const workspace = newWorkspace();
  const window = await host().open(workspace, {});
  try {
    let pid: number | undefined;
    await expect.poll(() => (pid = extensionHostPid(window.group)), { timeout: 60_000 }).toBeDefined();
    return await cost(pid ?? 0);
  } finally {
    await window.close();
    workspace.delete();
  }
}

async function cost(pid: number): Promise<Cost> {
  await delay(settling);
  const before = cpuSeconds([pid]);
  const seen = new Set<string>();
  const end = performance.now() + watched;
  while (performance.now() < end) {
    await delay(1000);
    for (const one of connectionsOf(pid)) seen.add(one);
  }
  const cpu = ((cpuSeconds([pid]) - before) / (watched / 1000)) * 100;
  return { cpu, connections: seen, heap: await heapOf(pid) };
}

/** The other ends of the process's TCP connections that are not on this computer, as `/proc` writes them. */
function connectionsOf(pid: number): string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).map(
      (fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1],
    ),
  );
  return ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, , there = '', , , , , , , inode]) => inode !== undefined && own.has(inode) && !isHere(there),
      )
      .map(([, , there = '']) => there),
  );
}

/** 127.0.0.1, its form in IPv6, ::1, or no other end at all. */
function isHere(address: string): boolean {
  const [ip = ''] = address.split(':');
  return /^0+$|7F$|^0{24}01000000$|^0{16}FFFF00000100007F$|^0100007F$/.test(ip);
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // It was closed meanwhile.
  }
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
