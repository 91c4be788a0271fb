import type { Asked } from './awsError';
import type { ErrorFacts } from './errorFacts';

/** Why AWS doesn't know who asks, and what to do; `undefined` where that is not what is wrong. */
export function authWords(facts: ErrorFacts, { profile, region }: Asked): string | undefined {
  const { code, message } = facts;
  const whose = profile === undefined ? 'AWS keys' : `keys of the AWS profile ${profile}`;
  if (isSignIn(facts)) return 'your sign-in to AWS has expired. Sign in again';
  if (/reauthenticate|\baws login\b/i.test(message))
    return `your sign-in to AWS has expired. Run aws login in a terminal: ${message}`;
  if (expired.has(code))
    return `the ${whose} have expired. Get new ones where these came from; Trainyard takes them as soon as they are in the AWS config: ${message}`;
  if (refused.has(code))
    return `AWS does not know the ${whose}. They may be deleted, disabled or mistyped, or the account has not enabled the region ${region}: ${message}`;
  if (code === 'ProcessCredentialsError' || /credential_process/i.test(message))
    return `the program that gives the ${whose} failed: ${message}`;
  if (providers.has(code))
    return /could not load credentials|Could not resolve credentials/i.test(message)
      ? `there are no ${whose}. Run aws configure or aws configure sso, or set AWS_ACCESS_KEY_ID: ${message}`
      : `the ${whose} can’t be read. Check the AWS config: ${message}`;
  return undefined;
}

/** Whether a sign-in with IAM Identity Center mends it. */
export function isSignIn({ code, message }: ErrorFacts): boolean {
  if (code === 'UnauthorizedException' && /session|token/i.test(message)) return true;
  return providers.has(code) && /\bSSO\b|sso login|Token is expired|session token not found/i.test(message);
}

/** Whether it was thrown on the way to the keys, and not by what was asked with them. */
export function isFromProvider({ code }: ErrorFacts): boolean {
  return providers.has(code);
}

const expired: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'CredentialsExpired',
  'RequestExpired',
  'TokenRefreshRequired',
]);

const refused: ReadonlySet<string> = new Set([
  'AuthFailure',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'NotAuthorized',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

const providers: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'ProviderError',
  'TokenProviderError',
]);
