import { approve, type SpendApproval } from '../../src/core/costGuard';
import { readJobFile } from '../../src/core/jobSpec/jobFile';
import type { JobSpec } from '../../src/core/jobSpec/jobSpec';
import type { Offer } from '../../src/core/provider';

/** The one job of a job file, as the hosts read it. */
export function readJob(text: string): {
  readonly spec: JobSpec;
  readonly secrets: ReadonlyMap<string, string>;
} {
  const file = readJobFile(text);
  const [spec] = file.jobs;
  if (!file.valid || !spec)
    throw new Error(`Not a job: ${file.problems.map((problem) => problem.message).join('; ')}\n${text}`);
  return { spec, secrets: file.secretValues[0] ?? new Map() };
}

/** A person who agrees. */
export async function agreed(spec: JobSpec, offer: Offer): Promise<SpendApproval<JobSpec>> {
  const answer = await approve({}, spec, offer, () => Promise.resolve(true));
  if (answer === undefined || 'kind' in answer) throw new Error(`Refused: ${answer?.why ?? ''}`);
  return answer;
}
