import { AnswerError } from './answers';
import { factsOf } from './errorFacts';

/** Why a call that failed is worth another try, `undefined` where it is not. */
export function retryReason(error: unknown): 'throttled' | 'passing' | undefined {
  if (error instanceof AnswerError) return error.passing ? 'passing' : undefined;
  const { code, status, system, clockCorrected } = factsOf(error);
  if (status === 429 || isThrottling(code)) return 'throttled';
  if (clockCorrected) return 'passing';
  if (passingCodes.has(code) || passingSystem.has(system)) return 'passing';
  // moto and others answer 501 for what they don't have: that stays so.
  return status === 500 || status === 502 || status === 503 || status === 504 ? 'passing' : undefined;
}

export function isThrottling(code: string): boolean {
  return throttlingCodes.has(code);
}

/** Milliseconds that the answer asks to wait, 0 where it asks for nothing. */
export function waitAsked(error: unknown): number {
  const { retryAfter } = factsOf(error);
  const seconds = Number(retryAfter ?? '');
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 30) * 1000 : 0;
}

/**
 * As the SDKs and botocore's `_retry.json` have them, less `LimitExceededException`, which SageMaker and others say of a quota that waiting
 * doesn't mend.
 */
const throttlingCodes: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

const passingCodes: ReadonlySet<string> = new Set([
  'InternalError',
  'InternalFailure',
  'InternalServerException',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'TimeoutError',
]);

const passingSystem: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);
