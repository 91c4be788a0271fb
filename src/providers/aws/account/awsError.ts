import { PermissionError, ProviderError, SignInError, type ErrorKind } from '../../../core/errors';
import { AnswerError, isUnreadable } from './answers';
import { authWords, isFromProvider, isSignIn } from './authWords';
import { factsOf, type ErrorFacts } from './errorFacts';
import { isThrottling } from './retryReason';

/** Whose call it was. */
export interface Asked {
  /** Absent while it is not one yet. */
  readonly connection?: string;
  readonly region: string;
  readonly profile: string | undefined;
}

/** A failed call for people: `what` failed, why, what to do, and AWS's own words last. */
export function awsError(what: string, error: unknown, asked: Asked): ProviderError {
  if (error instanceof ProviderError) return error;
  const [kind, why] = reason(error, asked);
  if (kind === 'auth' && asked.connection !== undefined && isSignIn(factsOf(error)))
    return new SignInError(asked.connection, `${what}: ${why}`, { cause: error });
  if (kind === 'forbidden' && asked.connection !== undefined)
    return new PermissionError(asked.connection, `${what}: ${why}`, { cause: error });
  return new ProviderError(kind, `${what}: ${why}`, { cause: error });
}

function reason(error: unknown, asked: Asked): readonly [ErrorKind, string] {
  if (error instanceof AnswerError) return strange(error);
  const facts = factsOf(error);
  if (isUnreadable(error))
    return [
      'unavailable',
      'what came as AWS’s answer can’t be read. A proxy may have changed it; try again later',
    ];
  if (isClock(facts)) return ['auth', clock(facts)];
  // The way to the keys may go over the network too, as to the roles of a sign-in.
  if (isFromProvider(facts) && (facts.system === 'ENOTFOUND' || facts.system in networkWords))
    return ['network', `the AWS keys can’t be fetched, for ${network(facts, asked)}`];
  const auth = authWords(facts, asked);
  if (auth !== undefined) return ['auth', auth];
  const kind = kindOf(facts);
  const said = sayings(facts);
  switch (kind) {
    case 'forbidden':
      return [kind, forbidden(facts)];
    case 'throttled':
      return [
        kind,
        `AWS is asked too often, also after several tries. Other tools of this account may be asking too; try again later: ${said}`,
      ];
    case 'quota':
      return [
        kind,
        `a quota of the account is used up. Free something, or ask for more in Service Quotas: ${said}`,
      ];
    case 'network':
      return [kind, network(facts, asked)];
    case 'unavailable':
      return [kind, `AWS has a problem of its own (HTTP ${facts.status}). Try again later: ${said}`];
    default:
      return [kind, said];
  }
}

function kindOf(facts: ErrorFacts): ErrorKind {
  const { code, status, message, system } = facts;
  const known = codes[code];
  if (known !== undefined) return known;
  if (status === 429 || isThrottling(code)) return 'throttled';
  if (code === 'ResourceLimitExceeded' && notOfTheRegion.test(message)) return 'invalid';
  // SageMaker says ResourceLimitExceeded, others LimitExceededException, VcpuLimitExceeded or MaxSpotInstanceCountExceeded.
  if (/(Limit|Count)Exceeded(Exception)?$/.test(code)) return 'quota';
  if (/AlreadyExists|AlreadyOwned|ResourceInUse|Conflict/.test(code)) return 'conflict';
  if (/NotFound|NoSuch|DoesNotExist/.test(code)) return 'notFound';
  // SageMaker's word for what isn't there, and for much else.
  if (code === 'ValidationException' && /could not find|does not exist|not found/i.test(message))
    return 'notFound';
  if (/^(Validation|Invalid|Malformed|Missing|Unsupported)|Malformed$|Invalid$/.test(code)) return 'invalid';
  if (status === 0 && (system !== '' || code === 'TimeoutError')) return 'network';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'notFound';
  if (status === 409 || status === 412) return 'conflict';
  if (status >= 500) return 'unavailable';
  if (status >= 400) return 'invalid';
  return 'unknown';
}

const codes: Readonly<Record<string, ErrorKind>> = {
  AccessDenied: 'forbidden',
  AccessDeniedException: 'forbidden',
  AuthorizationErrorException: 'forbidden',
  UnauthorizedOperation: 'forbidden',
  OptInRequired: 'forbidden',
  InsufficientInstanceCapacity: 'unavailable',
  InsufficientCapacity: 'unavailable',
  PermanentRedirect: 'invalid',
  PreconditionFailed: 'conflict',
};

/** SageMaker’s words in a `ResourceLimitExceeded` for what a region does not have, of which more can’t be asked for. */
const notOfTheRegion = /is not available in this region/i;

/** What AWS takes between two clocks. */
const mostMinutes = 5;

function isClock(facts: ErrorFacts): boolean {
  const { code, clockCorrected } = facts;
  if (clockCorrected || code === 'RequestTimeTooSkewed' || code === 'RequestInTheFuture') return true;
  // EC2 says so of keys that have expired too.
  return code === 'RequestExpired' && Math.abs(minutesAhead(facts)) >= mostMinutes;
}

/** By how much this computer's clock is ahead of AWS's; `NaN` where that was not told. */
function minutesAhead({ headers }: ErrorFacts): number {
  return Math.round((Date.now() - Date.parse(headers.date ?? '')) / 60_000);
}

function clock(facts: ErrorFacts): string {
  const { message } = facts;
  const minutes = minutesAhead(facts);
  const off = Number.isFinite(minutes) && minutes !== 0 ? ` by about ${Math.abs(minutes)} minutes` : '';
  return `the clock of this computer is wrong${off}, so AWS takes no signature of it. Set it right: ${message}`;
}

function forbidden(facts: ErrorFacts): string {
  const action = /not authorized to perform:? ([\w-]+:\w+)/.exec(facts.message)?.[1];
  const denied = /explicit deny/i.test(facts.message) ? ', which a policy denies explicitly' : '';
  const lacks =
    action === undefined ? 'a permission is missing' : `the permission ${action} is missing${denied}`;
  return `${lacks}. Ask whoever runs the account for it: Open Permission Policy… shows all that Trainyard needs: ${sayings(facts)}`;
}

function network({ system, message }: ErrorFacts, { region }: Asked): string {
  if (system === 'ENOTFOUND')
    return `there is no host of this name. Check the network, and whether the region exists (${region}): ${message}`;
  return `${networkWords[system] ?? 'AWS can’t be reached. Check the network, the VPN and the proxy'}: ${message}`;
}

const certificate =
  'something between here and AWS shows a certificate that is not trusted: a proxy, or a network that wants a sign-in first. Where it is your proxy’s, name its certificate in NODE_EXTRA_CA_CERTS';

const networkWords: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name can’t be looked up now. Check the network',
  ECONNREFUSED: 'nothing listens there. Check the endpoint URL and the proxy',
  ECONNRESET: 'the connection was cut. Check the network and the VPN',
  EPIPE: 'the connection was cut. Check the network and the VPN',
  ETIMEDOUT: 'nothing answered in time. Check the network, the VPN and the proxy',
  EHOSTUNREACH: 'there is no way to it. Check the network and the VPN',
  ENETUNREACH: 'there is no network to it. Check the network and the VPN',
  CERT_HAS_EXPIRED: certificate,
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
  ERR_TLS_CERT_ALTNAME_INVALID: certificate,
  SELF_SIGNED_CERT_IN_CHAIN: certificate,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
};

function strange({ host, status }: AnswerError): readonly [ErrorKind, string] {
  return status >= 500
    ? [
        'unavailable',
        `something other than AWS answered with an error page (HTTP ${status}). A proxy may be in trouble, or the endpoint may not have this call: ${host}`,
      ]
    : [
        'network',
        `a web page came in place of AWS’s answer. The network may want a sign-in first, or a proxy is in the way: open a browser, and try again: ${host}`,
      ];
}

/** AWS's own words, bounded, on one line, with what its support asks for. */
export function sayings({ code, message, requestId }: ErrorFacts): string {
  const plain = message
    .replace(/\s*Encoded authorization failure message:.*$/s, '')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  const words = plain.length > 500 ? `${plain.slice(0, 500).toWellFormed()}…` : plain;
  const named = words === '' || words === code ? code : `${words} (${code})`;
  return requestId === '' ? named : `${named}, request ${requestId}`;
}
