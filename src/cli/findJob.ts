import type { TrainingJob } from '../core/trainingJob';
import type { Core } from '../services/core';
import { adoptListed } from '../services/jobs/adoption';
import { CliError, exitCode } from './exitCode';

/**
 * The job that a person means: its whole id, the start of one id, a name (its newest job), or the id that a platform has for a job which
 * was started elsewhere. Such a one is among the jobs here from then on.
 */
export async function findJob(core: Core, word: string, signal: AbortSignal): Promise<TrainingJob> {
  const { jobs } = core;
  const exact = jobs.get(word);
  if (exact) return exact;
  const all = jobs.list();
  const named = all.find((job) => job.name === word);
  if (named) return named;
  const [only, ...others] = word === '' ? [] : all.filter((job) => job.id.startsWith(word));
  if (!only) return listedJob(core, word, signal);
  if (others.length > 0) {
    const ids = [only, ...others].slice(0, 5).map((job) => job.id);
    throw new CliError(
      exitCode.badInput,
      `"${word}" fits several jobs: ${ids.join(', ')}. Give more of the id.`,
    );
  }
  return only;
}

/** Of the lists as they were last read: a word that nobody has must not ask every cloud. */
async function listedJob(core: Core, word: string, signal: AbortSignal): Promise<TrainingJob> {
  for (const connection of await core.jobLists.connections()) {
    const { jobs } = await core.jobLists.read(connection);
    if (jobs.some(({ id }) => id === word)) return adoptListed(core, connection, word, signal);
  }
  throw new CliError(
    exitCode.badInput,
    `There is no job called "${word}". See them with: trainyard jobs, or trainyard jobs --all`,
  );
}
