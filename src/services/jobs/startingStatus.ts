import type { JobStatus } from '../../core/trainingJob';

/** How a job is before its platform has said anything. */
export function startingStatus(nodes: number): JobStatus {
  return {
    state: 'starting',
    rawState: 'submitting',
    nodes: Array.from({ length: nodes }, (_, rank) => ({ rank, state: 'starting' })),
  };
}
