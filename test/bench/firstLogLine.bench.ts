import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Core } from '../../src/services/core';
import { submit, withCore } from './benchCore';
import { median, type Bench } from './row';

const script = 'echo ready\n';
const runs = 11;

/** The time that Trainyard puts between a click and the first line, against the same script started by hand, in turn. */
export const bench: Bench = () =>
  withCore(async (core) => {
    const ours: number[] = [];
    const byHand: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      ours.push(await submitted(core));
      byHand.push(await started());
    }
    return [
      {
        metric: 'submit → first log line, above starting the script by hand',
        ours: median(ours) - median(byHand),
        unit: 'ms',
        peer: { name: `bash run.sh, ${median(byHand).toFixed(1)} ms`, value: median(byHand) },
        target: { atMost: 300 },
        note: `medians of ${runs} runs in turn: ${median(ours).toFixed(1)} and ${median(byHand).toFixed(1)} ms; from the call that submits (plan and confirmation before it) until the line is read from the log`,
      },
    ];
  });

async function submitted(core: Core): Promise<number> {
  const { signal } = new AbortController();
  const from = performance.now();
  const job = await submit(core, `run: |\n  ${script}`);
  for await (const bytes of core.logs.raw(job, 0, { follow: true }, signal)) {
    if (bytes.length > 0) break;
  }
  const took = performance.now() - from;
  await core.jobs.ended(job.id, signal);
  return took;
}

async function started(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-by-hand-'));
  await writeFile(join(folder, 'run.sh'), script);
  const from = performance.now();
  const child = spawn('bash', [join(folder, 'run.sh')], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const took = performance.now() - from;
  await once(child, 'close');
  await rm(folder, { recursive: true });
  return took;
}
