import type { JobSpec } from './jobSpec/jobSpec';
import type { Offer } from './provider';

/** Seconds after which a job surely has ended: the platform’s own limit, else the job file’s. `undefined`: nothing ends it. */
export function longestSeconds({ trainyard }: JobSpec, { stopsAfter }: Offer): number | undefined {
  return stopsAfter ?? trainyard?.guardrails?.max_duration;
}

/** What a job costs at most, in USD; `undefined` where nothing ends it, `null` where the price is not known. */
export function worstCaseUsd(spec: JobSpec, offer: Offer): number | null | undefined {
  if (offer.hourlyUsd === 0) return 0;
  const longest = longestSeconds(spec, offer);
  if (longest === undefined) return undefined;
  return offer.hourlyUsd === null ? null : (offer.hourlyUsd * longest) / 3600;
}
