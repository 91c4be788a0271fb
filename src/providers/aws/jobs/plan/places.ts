import type { Candidate, JobSpec } from '../../../../core/jobSpec/jobSpec';
import type { Offer } from '../../../../core/provider';
import { fittingTypes } from '../../types/fitting';

/** Where a connection is: `aws/us-east-1@work` is in us-east-1. */
export interface Here {
  readonly connection: string;
  readonly region: string;
}

/** Whether a candidate may run here: it names this connection, its region, AWS, or nothing. */
export function isForHere({ infra, cloud, region }: Candidate, here: Here): boolean {
  if (infra === here.connection) return true;
  // Another connection by its id alone, as `--on` names one.
  if (cloud === null && infra !== null && !infra.startsWith('*/')) return false;
  return (cloud === null || cloud === 'aws') && (region === null || region === here.region);
}

/** The candidate that an offer was made for; where several would have made it, the first. */
export function candidateOf(
  { resources }: JobSpec,
  here: Here,
  { instanceType, spot }: Pick<Offer, 'instanceType' | 'spot'>,
): Candidate | undefined {
  return resources.candidates.find((candidate) => {
    if (!isForHere(candidate, here) || candidate.use_spot !== spot) return false;
    const types = fittingTypes(candidate);
    return !('why' in types) && types.some(({ name }) => name === instanceType);
  });
}
