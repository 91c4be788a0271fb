import { describe, expect, it } from 'vitest';
import type { ErrorKind } from '../../../../../src/core/errors';
import { awsError } from '../../../../../src/providers/aws/account/awsError';

const asked = { connection: 'aws/us-east-1@work', region: 'us-east-1', profile: 'work' };

/** As the SDK throws it. */
function said(name: string, message: string, status = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

function system(code: string): Error {
  return Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code });
}

const cases: readonly (readonly [kind: ErrorKind, error: Error, words: RegExp])[] = [
  ['auth', said('ExpiredToken', 'expired'), /keys of the AWS profile work have expired/],
  ['auth', said('InvalidClientTokenId', 'The security token is invalid', 403), /does not know the keys/],
  ['auth', said('UnrecognizedClientException', 'The security token is invalid'), /does not know the keys/],
  ['auth', said('SignatureDoesNotMatch', 'The request signature', 403), /does not know the keys/],
  ['auth', said('AuthFailure', 'AWS was not able to validate', 401), /does not know the keys/],
  [
    'auth',
    said('CredentialsProviderError', 'Could not load credentials from any providers', 0),
    /aws configure/,
  ],
  [
    'auth',
    said(
      'CredentialsProviderError',
      'The SSO session associated with this profile has expired. aws sso login',
      0,
    ),
    /Sign in again/,
  ],
  [
    'auth',
    said('TokenProviderError', 'Token is expired. To refresh this SSO session run', 0),
    /Sign in again/,
  ],
  [
    'auth',
    said('CredentialsProviderError', 'Your session has expired. Please reauthenticate using aws login', 0),
    /Run aws login/,
  ],
  ['auth', said('RequestTimeTooSkewed', 'too large', 403), /the clock of this computer is wrong/],
  ['auth', said('RequestExpired', 'Request has expired.'), /the keys of the AWS profile work have expired/],
  [
    'network',
    said('CredentialsProviderError', 'Error: getaddrinfo ENOTFOUND portal.sso.eu-west-1.amazonaws.com', 0),
    /keys can’t be fetched/,
  ],
  ['forbidden', said('AccessDenied', 'Access Denied', 403), /a permission is missing/],
  [
    'forbidden',
    said(
      'UnauthorizedOperation',
      'You are not authorized to perform this operation. Encoded authorization failure message: abcdef',
      403,
    ),
    /^(?!.*abcdef)/,
  ],
  [
    'forbidden',
    said(
      'AccessDeniedException',
      'User: x is not authorized to perform: s3:PutObject on resource: y with an explicit deny in a policy',
    ),
    /the permission s3:PutObject is missing, which a policy denies explicitly/,
  ],
  ['notFound', said('ResourceNotFound', 'Training job not found'), /Training job not found/],
  ['notFound', said('ValidationException', 'Requested resource does not exist'), /does not exist/],
  ['notFound', said('NoSuchKey', 'The key', 404), /The key/],
  ['notFound', said('ResourceNotFoundException', 'The log group'), /The log group/],
  ['notFound', said('InvalidInstanceID.NotFound', 'The instance'), /The instance/],
  ['conflict', said('ResourceInUse', 'Training job names must be unique'), /must be unique/],
  ['conflict', said('BucketAlreadyOwnedByYou', 'yours', 409), /yours/],
  ['conflict', said('PreconditionFailed', 'At least one of the pre-conditions', 412), /pre-conditions/],
  ['conflict', said('EntityAlreadyExists', 'exists', 409), /exists/],
  [
    'quota',
    said('ResourceLimitExceeded', 'The account-level service limit'),
    /a quota of the account is used up/,
  ],
  [
    'invalid',
    said(
      'ResourceLimitExceeded',
      'The requested resource training-job/ml.p2.xlarge is not available in this region',
    ),
    /not available in this region/,
  ],
  ['quota', said('VcpuLimitExceeded', 'more vCPU'), /Service Quotas/],
  ['quota', said('MaxSpotInstanceCountExceeded', 'Max spot'), /Service Quotas/],
  ['quota', said('LimitExceededException', 'limit'), /Service Quotas/],
  ['throttled', said('ThrottlingException', 'Rate exceeded'), /asked too often/],
  ['throttled', said('RequestLimitExceeded', 'Request limit exceeded', 503), /asked too often/],
  ['throttled', said('SlowDown', 'Please reduce', 503), /asked too often/],
  ['invalid', said('ValidationException', '1 validation error detected'), /1 validation error/],
  ['invalid', said('InvalidParameterValue', 'bad'), /bad/],
  ['invalid', said('PermanentRedirect', 'other endpoint', 301), /other endpoint/],
  ['unavailable', said('InternalFailure', 'oops', 500), /AWS has a problem of its own \(HTTP 500\)/],
  ['unavailable', said('InsufficientInstanceCapacity', 'no capacity', 500), /no capacity/],
  ['network', system('ENOTFOUND'), /whether the region exists \(us-east-1\)/],
  ['network', system('ECONNREFUSED'), /nothing listens there/],
  ['network', system('EAI_AGAIN'), /looked up/],
  ['network', system('SELF_SIGNED_CERT_IN_CHAIN'), /NODE_EXTRA_CA_CERTS/],
  ['network', said('TimeoutError', 'Connection timed out', 0), /can’t be reached/],
  ['network', new AggregateError([system('ETIMEDOUT')]), /nothing answered in time/],
];

describe('A failure of AWS', () => {
  it.each(cases)('is %s: %s', (kind, error, words) => {
    const made = awsError('The job can’t be read', error, asked);
    expect(made.kind).toBe(kind);
    expect(made.message).toMatch(words);
    expect(made.message).toMatch(/^The job can’t be read: /);
    expect(made.cause).toBe(error);
  });

  it('is one line of bounded length, whatever AWS says', () => {
    const { message } = awsError(
      'X',
      said('ValidationException', `a\n\u001b[2J${'x'.repeat(100_000)}`),
      asked,
    );
    expect(message.length).toBeLessThan(700);
    expect(message).not.toMatch(/[\p{Cc}]/u);
  });

  it('is made of anything that is thrown', () => {
    for (const thrown of [undefined, null, 'text', 5, {}, [], new Error('')])
      expect(awsError('X', thrown, asked).kind).toBe('unknown');
  });
});

it('a missing permission names the connection, whose policy has it', () => {
  const error = said('AccessDenied', 'not authorized to perform: ec2:StartInstances', 403);
  expect(awsError('It can’t be started', error, asked)).toMatchObject({
    kind: 'forbidden',
    connection: asked.connection,
  });
});
