import type { JobSpec } from './jobSpec/jobSpec';
import type { Offer } from './provider';

/** The line of a plan for a place that can't run the job; `why` in one sentence. */
export function noOffer(
  { connection, region }: Pick<Offer, 'connection' | 'region'>,
  spec: JobSpec,
  why: string,
): Offer {
  return {
    connection,
    region,
    instanceType: null,
    nodes: spec.num_nodes,
    accelerators: null,
    spot: false,
    hourlyUsd: null,
    pricesAsOf: null,
    possible: false,
    why,
  };
}
