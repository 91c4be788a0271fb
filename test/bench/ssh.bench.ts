import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import { SshPerson } from '../fakes/sshd/sshPerson';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { median, type Bench } from './row';

const runs = 15;
const gigabyte = 1_000_000_000;
const { signal } = new AbortController();

/** A connection of ours beside OpenSSH’s own program, to one server on this computer. */
export const bench: Bench = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-ssh-bench-'));
  const server = await SshdServer.start();
  const config = join(folder, 'config');
  await writeFile(config, server.configText('gpu'));
  const machine = () => new SshMachine(new SshPerson().parts(server.hostConfig('gpu')));
  try {
    const ours: number[] = [];
    const second: number[] = [];
    const theirs: number[] = [];
    for (let run = 0; run < runs; run++) {
      const one = machine();
      ours.push(await took(() => firstOutput(one)));
      second.push(await took(() => firstOutput(one)));
      one.dispose();
      theirs.push(await took(() => read('ssh', ['-F', config, 'gpu', 'echo ready'])));
    }
    const one = machine();
    await one.attach({}, signal);
    const bytes = ['head', '-c', String(gigabyte), '/dev/zero'] as const;
    const rates: number[] = [];
    const theirRates: number[] = [];
    for (let run = 0; run < 3; run++) {
      rates.push(
        gigabyte /
          1000 /
          (await took(async () => {
            let total = 0;
            for await (const chunk of (await one.start(bytes, {}, signal)).output) total += chunk.length;
            if (total !== gigabyte) throw new Error(`${total} bytes came`);
          })),
      );
      theirRates.push(
        gigabyte / 1000 / (await took(() => read('ssh', ['-F', config, 'gpu', bytes.join(' ')]))),
      );
    }
    one.dispose();
    return [
      {
        number: 10,
        metric: 'SSH: attach → first output',
        ours: median(ours),
        unit: 'ms',
        peer: { name: 'ssh', value: median(theirs) },
        target: { atMost: median(theirs) * 1.1 },
        note: `medians of ${runs} in turn, key sign-in; ssh is a process of its own each time`,
      },
      {
        number: 10,
        metric: 'SSH: a second program → first output',
        ours: median(second),
        unit: 'ms',
        target: { atMost: 50 },
        note: 'over the connection that is there',
      },
      {
        metric: 'SSH: throughput of a program’s output, 1 GB',
        ours: median(rates),
        unit: 'MB/s',
        peer: { name: 'ssh', value: median(theirRates) },
        target: { atLeast: median(theirRates) * 0.9 },
        note: 'medians of 3 in turn, each with its own cipher by default',
      },
    ];
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
};

async function firstOutput(machine: SshMachine): Promise<void> {
  const program = await machine.start(['echo', 'ready'], {}, signal);
  for await (const bytes of program.output) if (bytes.length > 0) return;
}

/** Reads all that a program writes. */
async function read(program: string, words: readonly string[]): Promise<void> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
}

async function took(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
