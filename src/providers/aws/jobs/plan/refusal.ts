import { ProviderError } from '../../../../core/errors';
import { platformReport } from '../../../../core/failure/platformReport';
import type { JobSpec } from '../../../../core/jobSpec/jobSpec';
import { sayings } from '../../account/awsError';
import { factsOf } from '../../account/errorFacts';

/**
 * What AWS said no to when a job was submitted, with the field of the job file that it is about: as a job that failed for it later is
 * explained. The same error where nothing more is known.
 */
export function withField(error: unknown, what: string, { resources }: JobSpec): unknown {
  if (!(error instanceof ProviderError) || error.cause === undefined) return error;
  const facts = factsOf(error.cause);
  // Of other permissions it is said already who can grant them.
  if (error.kind === 'forbidden' && !/\biam:PassRole\b|\bkms:/.test(facts.message)) return error;
  if (!aboutTheJob.has(error.kind)) return error;
  const spot = resources.candidates.some(({ use_spot: one }) => one);
  const { cause } = platformReport(`${facts.code}: ${facts.message}`, { spot });
  if (!cause) return error;
  const words = [cause.reason, ...cause.hints].join(' ');
  return new ProviderError(error.kind, `${what}. ${words} AWS says: ${sayings(facts)}`, {
    cause: error.cause,
  });
}

const aboutTheJob: ReadonlySet<string> = new Set([
  'forbidden',
  'invalid',
  'notFound',
  'quota',
  'unavailable',
]);
