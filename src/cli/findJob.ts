import type { TrainingJob } from '../core/trainingJob';
import type { Jobs } from '../services/jobs/jobs';
import { CliError, exitCode } from './exitCode';

/** The job that a person means: its whole id, the start of one id, or a name (its newest job). */
export function findJob(jobs: Jobs, word: string): TrainingJob {
  const exact = jobs.get(word);
  if (exact) return exact;
  const all = jobs.list();
  const named = all.find((job) => job.name === word);
  if (named) return named;
  const [only, ...others] = word === '' ? [] : all.filter((job) => job.id.startsWith(word));
  if (!only)
    throw new CliError(exitCode.badInput, `There is no job called "${word}". See them with: trainyard jobs`);
  if (others.length > 0) {
    const ids = [only, ...others].slice(0, 5).map((job) => job.id);
    throw new CliError(
      exitCode.badInput,
      `"${word}" fits several jobs: ${ids.join(', ')}. Give more of the id.`,
    );
  }
  return only;
}
