import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainingJob } from '../../src/core/trainingJob';
import { providers } from '../../src/providers/all';
import { openCore, type Core } from '../../src/services/core';
import { agreed, readJob } from '../fakes/jobSpec';
import { workplace } from '../fakes/workplace';

/** Runs `work` with the services as both hosts have them, in a state folder of its own. */
export async function withCore<T>(work: (core: Core) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'trainyard-bench-'));
  const core = await openCore({ ...workplace(), home, providers });
  try {
    return await work(core);
  } finally {
    core.dispose();
    await rm(home, { recursive: true });
  }
}

/** Submits the job of a job file to this computer. */
export async function submit(core: Core, text: string): Promise<TrainingJob> {
  const { spec, secrets } = readJob(text);
  const { signal } = new AbortController();
  const [offer] = await core.jobs.plan(spec, signal);
  if (!offer) throw new Error('This computer offers nothing.');
  const approval = await agreed(spec, offer);
  return core.jobs.submit({ spec, secrets, text, baseFolder: core.home, approval }, signal);
}
