import type { JobSpec } from '../../../../core/jobSpec/jobSpec';

/** Seconds. Without max_duration SageMaker would take a day too: nothing runs for ever because nobody thought of it. */
const usualRun = 86_400;
/** SageMaker’s own limits. */
export const longestRun = 28 * 86_400;
export const longestKeepAlive = 3600;
/** The launcher’s own limit comes first: it says why, and the job can save its state. */
const launcherFirst = 120;
/** SageMaker bills the time that it gives a job to end, too. */
const stopping = 120;
/** How long a spot job may wait for machines altogether where the job file does not say. */
const usualWait = 86_400;

/** `MaxRuntimeInSeconds`: what SageMaker runs, and bills, at most. */
export function maxRunSeconds({ trainyard }: JobSpec): number {
  const asked = trainyard?.guardrails?.max_duration;
  return asked === undefined ? usualRun : Math.min(Math.ceil(asked) + launcherFirst, longestRun);
}

/** Seconds that max_cost pays for on demand, less what SageMaker bills after them; `hourlyUsd` is that of all nodes. Infinity where the job has none. */
export function paidSeconds(spec: JobSpec, hourlyUsd: number, spot: boolean): number {
  const limit = spec.trainyard?.guardrails?.max_cost;
  if (limit === undefined || hourlyUsd === 0) return Infinity;
  return Math.floor((limit / hourlyUsd) * 3600) - stopping - keepAliveSeconds(spec, spot);
}

/** `MaxWaitTimeInSeconds` of a spot job that may run for `run` seconds: from its submission to its end, waiting included; never less than that. */
export function maxWaitSeconds(spec: JobSpec, run: number): number {
  const asked = spec.trainyard?.aws?.max_wait;
  const wait = asked === undefined ? run + usualWait : Math.max(Math.ceil(asked), run);
  return Math.min(wait, longestRun);
}

/** `KeepAlivePeriodInSeconds`; 0 for none. Spot machines can’t be kept. */
export function keepAliveSeconds({ trainyard }: JobSpec, spot: boolean): number {
  const asked = trainyard?.aws?.keep_alive;
  return asked === undefined || spot ? 0 : Math.min(Math.ceil(asked), longestKeepAlive);
}
