import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobStatus } from '../../src/core/trainingJob';
import { StateDatabase } from '../../src/services/database';
import { LogLines } from './workplace';

export interface PastJob {
  readonly name: string;
  readonly run: string;
  readonly envs: Readonly<Record<string, string>>;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Milliseconds. */
  readonly took: number;
  readonly exitCode: number;
  readonly commit?: string;
  readonly hourlyUsd?: number;
  readonly accelerators?: string;
  /** What it wrote. */
  readonly log: string;
}

/** Six letters or digits that tell one job from the others. */
const ending = (index: number) => index.toString(36).padStart(6, '0');

/**
 * A state folder with local jobs that have ended: their folders, as those leave them, and their rows, with one write, as a
 * database that is made again from many folders takes its time. Gives their ids.
 */
export async function writePastJobs(home: string, jobs: readonly PastJob[]): Promise<readonly string[]> {
  const past = jobs.map((job, index) => {
    const slug = job.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    return { job, id: `${slug.slice(0, 50).replace(/-$/, '')}-${ending(index)}` };
  });
  for (const { id, job } of past) writePastJob(join(home, 'jobs', id), id, job);
  const database = await StateDatabase.open(home, new LogLines(), Date.now);
  await database.write((tables) => {
    const insert = tables.prepare(
      `INSERT OR REPLACE INTO jobs (id, name, connection, created_at, hourly_usd, spec, status, intent)
       VALUES (?, ?, 'local', ?, ?, ?, ?, 0)`,
    );
    for (const { id, job } of past) {
      const spec = JSON.stringify(specOf(job));
      insert.run(id, job.name, job.startedAt, job.hourlyUsd ?? 0, spec, JSON.stringify(statusOf(job)));
    }
  });
  database.dispose();
  return past.map(({ id }) => id);
}

function statusOf({ startedAt, took, exitCode }: PastJob): JobStatus {
  const state = exitCode === 0 ? 'succeeded' : 'failed';
  const exit = { code: exitCode, reason: exitCode === 0 ? 'run finished' : 'run failed' };
  return {
    state,
    rawState: 'exit',
    startedAt,
    endedAt: startedAt + took,
    nodes: [{ rank: 0, state, exit }],
    exit,
  };
}

function writePastJob(folder: string, id: string, job: PastJob): void {
  const write = (path: string, text: string) => {
    writeFileSync(join(folder, path), text);
  };
  mkdirSync(join(folder, 'nodes/0'), { recursive: true });
  write('job.json', JSON.stringify(record(id, job)));
  write('job.yaml', jobFile(job));
  write('nodes/0/log', job.log);
  write('nodes/0/pid', '1\n');
  const ended = job.startedAt + job.took;
  const end = {
    v: 1,
    t: ended,
    node: 0,
    kind: 'exit',
    code: job.exitCode,
    reason: 'run finished',
    reasonKind: 'exit',
  };
  const host = {
    v: 1,
    t: job.startedAt,
    node: 0,
    kind: 'host',
    cores: [12, 40],
    memTotal: 64e9,
    memUsed: 8e9,
  };
  write('nodes/0/telemetry', [host, end].map((one) => `##trainyard ${JSON.stringify(one)}\n`).join(''));
  write('nodes/0/exit', `${JSON.stringify(end)}\n`);
  // The platform takes the time of this file as the job's start.
  write('claim', 'started 1\n');
  utimesSync(join(folder, 'claim'), job.startedAt / 1000, job.startedAt / 1000);
}

function record(id: string, job: PastJob): object {
  const hourlyUsd = job.hourlyUsd ?? 0;
  const accelerators = job.accelerators ?? null;
  return {
    version: 1,
    id,
    name: job.name,
    connection: 'local',
    createdAt: job.startedAt,
    hourlyUsd,
    offer: {
      ...{
        connection: 'local',
        region: null,
        instanceType: null,
        nodes: 1,
        accelerators,
        spot: false,
        hourlyUsd,
      },
      ...{ pricesAsOf: null, possible: true, why: '' },
    },
    source: null,
    baseFolder: folderOf(id),
    git: job.commit === undefined ? null : { commit: job.commit, dirty: false },
    spec: specOf(job),
    host: 'elsewhere',
  };
}

function specOf(job: PastJob): object {
  return {
    ...{ name: job.name, num_nodes: 1, workdir: null, envs: job.envs, secrets: [], secrets_inline: [] },
    ...{
      secrets_to_supply: [],
      file_mounts: {},
      volumes: {},
      resources: { mode: 'single', candidates: [] },
    },
    ...{
      setup: null,
      run: job.run,
      service: false,
      pool: false,
      inputs: null,
      outputs: null,
      trainyard: null,
    },
  };
}

function folderOf(id: string): string {
  return `/nowhere/${id}`;
}

function jobFile({ name, envs, run }: PastJob): string {
  const lines = Object.entries(envs).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  return `name: ${JSON.stringify(name)}\nenvs:\n${lines.join('')}run: |\n  ${run.replaceAll('\n', '\n  ')}\n`;
}

/** A sweep over learning rates, batch sizes and seeds, with curves that follow from them; the same at each call. */
export function sweep(count: number, now: number): readonly PastJob[] {
  const rates = ['0.0001', '3e-4', '0.001', '0.003', '0.01'];
  return Array.from({ length: count }, (_, index) => {
    const rate = rates[index % rates.length] ?? '';
    const batch = 16 << (Math.floor(index / rates.length) % 4);
    const seed = Math.floor(index / (rates.length * 4));
    const failed = index % 41 === 40;
    const steps = failed ? 3 : 20;
    const floor = 0.2 + Math.abs(Math.log10(Number(rate)) + 2.6) * 0.15 + (seed % 7) * 0.01 + 2 / batch;
    const log = Array.from({ length: steps }, (__, step) => {
      const loss = floor + 2 * Math.exp((-step * batch) / 120);
      return `${JSON.stringify({ step: step + 1, loss, accuracy: 1 - loss / 3, lr: Number(rate) })}\n`;
    }).join('');
    return {
      name: index % 3 === 0 ? `resnet50-imagenet-seed${seed}` : index % 3 === 1 ? 'vit-b16' : 'mlp',
      run: `torchrun train.py --lr ${rate} --batch-size=${batch} \\\n  optimizer.name=adamw --epochs 90 --seed ${seed}`,
      envs: { DATASET: 'imagenet', WARMUP: '500' },
      startedAt: now - index * 3_700_000,
      took: 60_000 + ((index * 7919) % 90) * 60_000,
      exitCode: failed ? 1 : 0,
      commit: (index < count / 2 ? 'a1b2c3d4e5' : '99887766ff').repeat(4),
      hourlyUsd: index % 3 === 0 ? 12.5 : 1.25,
      accelerators: index % 3 === 0 ? 'A100:8' : 'T4:1',
      log,
    };
  });
}
