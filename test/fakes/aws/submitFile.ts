import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TrainingJob } from '../../../src/core/trainingJob';
import type { Core } from '../../../src/services/core';
import { agreed, readJob } from '../jobSpec';

/** A job file that a person has agreed to submit; what it gives submits it. */
export async function submission(
  core: Core,
  file: string,
  signal: AbortSignal,
): Promise<() => Promise<TrainingJob>> {
  const text = await readFile(file, 'utf8');
  const { spec, secrets } = readJob(text);
  const [offer] = await core.jobs.plan(spec, signal);
  if (!offer) throw new Error('No offer');
  const approval = await agreed(spec, offer);
  const request = { spec, secrets, text, baseFolder: dirname(file), source: file, approval };
  return () => core.jobs.submit(request, signal);
}
