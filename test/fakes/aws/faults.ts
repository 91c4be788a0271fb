import { AwsRefusal, jsonAnswer, type WireAnswer, type WireRequest } from './wire/wireRequest';

/** What goes wrong with some requests. */
export interface Fault {
  readonly kind: FaultKind;
  /** Which requests; absent: all. */
  readonly of?: (request: WireRequest) => boolean;
  /** Of those, from 0 to 1. Default 1. Which ones is the same in each run. */
  readonly share?: number;
  /** So many and no more. Default: as long as the fault lasts. */
  readonly times?: number;
  /** Milliseconds, of `delay`; of `skew` by how much the server's clock is ahead. */
  readonly ms?: number;
  /** Of `refused`: AWS’s own words. */
  readonly says?: { readonly type: string; readonly message: string; readonly status?: number };
}

export type FaultKind =
  | 'throttled'
  | 'serverError'
  /** A proxy's page with status 502. */
  | 'html'
  /** A captive portal's page with status 200. */
  | 'portal'
  /** The connection ends before the request has any effect. */
  | 'reset'
  /** The connection ends after the request had its effect: nobody hears of it. */
  | 'lost'
  | 'delay'
  | 'expired'
  /** The server's clock is another one: what was signed more than five minutes away from it is refused. */
  | 'skew'
  /** Of FilterLogEvents: a page without events and with a token, from which it goes on. */
  | 'emptyPage'
  | 'denied'
  /** A captive portal that leads to its page. */
  | 'redirect'
  | 'refused';

/** What a fault does to a request: an answer in place of the server's own, or the end of the connection, after so many milliseconds. */
export interface Mishap {
  readonly wait: number;
  readonly answer?: WireAnswer;
  readonly cut?: 'before' | 'after';
}

/** The faults of a server; none at first. */
export class Faults {
  private active: { readonly fault: Fault; used: number; random: number }[] = [];

  /** Begins one; the function that it gives ends it. */
  begin(fault: Fault): () => void {
    const one = { fault, used: 0, random: 1 };
    this.active = [...this.active, one];
    return () => {
      this.active = this.active.filter((other) => other !== one);
    };
  }

  end(): void {
    this.active = [];
  }

  /** By how much the server's clock is ahead, in milliseconds. */
  get skew(): number {
    return this.active.find(({ fault }) => fault.kind === 'skew')?.fault.ms ?? 0;
  }

  /** All that happens to a request: delays add up, and the first other fault counts. */
  mishap(request: WireRequest): Mishap {
    let wait = 0;
    for (const one of this.active) {
      const { kind, of = () => true, share = 1, times = Infinity, ms = 0 } = one.fault;
      if (one.used >= times || !of(request)) continue;
      one.random = (one.random * 16_807) % 2_147_483_647;
      if (one.random / 2_147_483_647 >= share) continue;
      if (kind === 'skew' && !this.isSkewed(request)) continue;
      one.used += 1;
      if (kind === 'delay') wait += ms;
      else if (kind === 'reset') return { wait, cut: 'before' };
      else if (kind === 'lost') return { wait, cut: 'after' };
      else if (kind === 'refused') return { wait, answer: refused(one.fault, request) };
      else return { wait, answer: answerOf(kind, request) };
    }
    return { wait };
  }

  private isSkewed({ headers }: WireRequest): boolean {
    const [, year, month, day, hour, minute, second] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'])) ?? [];
    const signed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    return Math.abs(Date.now() + this.skew - signed) > 300_000;
  }
}

function refused({ says }: Fault, { service }: WireRequest): WireAnswer {
  const { type = 'ValidationException', message = '', status = 400 } = says ?? {};
  return new AwsRefusal(type, message, status).answer(service);
}

function answerOf(
  kind: Exclude<FaultKind, 'reset' | 'lost' | 'delay' | 'refused'>,
  request: WireRequest,
): WireAnswer {
  const { service, operation } = request;
  const html = { 'content-type': 'text/html; charset=utf-8' };
  switch (kind) {
    case 'html':
      return {
        status: 502,
        headers: html,
        body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
      };
    case 'portal':
      return {
        status: 200,
        headers: html,
        body: '<!DOCTYPE html><html><head><title>Welcome to Hotel WiFi</title></head><body>Sign in to use the network</body></html>',
      };
    case 'redirect':
      return {
        status: 302,
        headers: { ...html, location: 'http://wifi.hotel.example/sign-in' },
        body: '<html><body>Moved</body></html>',
      };
    case 'emptyPage': {
      const { nextToken } = JSON.parse(request.body.toString()) as { nextToken?: string };
      return jsonAnswer({ events: [], searchedLogStreams: [], nextToken: `empty-${nextToken ?? ''}` });
    }
    case 'throttled':
      return refusal(throttles, request, 'Rate exceeded');
    case 'serverError':
      return refusal(
        {
          s3: ['InternalError', 500],
          ec2: ['InternalError', 500],
          sts: ['InternalFailure', 500],
          json: ['InternalFailure', 500],
        },
        request,
        'We encountered an internal error. Please try again.',
      );
    case 'expired':
      return refusal(
        {
          s3: ['ExpiredToken', 400],
          ec2: ['RequestExpired', 400],
          sts: ['ExpiredToken', 403],
          json: ['ExpiredTokenException', 400],
        },
        request,
        'The security token included in the request is expired',
      );
    case 'skew':
      return refusal(
        {
          s3: ['RequestTimeTooSkewed', 403],
          ec2: ['RequestExpired', 400],
          sts: ['SignatureDoesNotMatch', 403],
          json: ['InvalidSignatureException', 400],
        },
        request,
        'Signature expired: it is now later than the time of the signature + 5 min.',
      );
    case 'denied':
      return refusal(
        {
          s3: ['AccessDenied', 403],
          ec2: ['UnauthorizedOperation', 403],
          sts: ['AccessDenied', 403],
          json: ['AccessDeniedException', 400],
        },
        request,
        `User: arn:aws:sts::123456789012:assumed-role/team/me is not authorized to perform: ${service}:${operation || 'GetObject'} on resource: * because no identity-based policy allows the ${service}:${operation || 'GetObject'} action`,
      );
  }
}

const throttles = {
  s3: ['SlowDown', 503],
  ec2: ['RequestLimitExceeded', 503],
  sts: ['Throttling', 400],
  json: ['ThrottlingException', 400],
} as const;

/** Each protocol has its own name for a thing: that of S3, of EC2, of the other query APIs (STS, IAM), and of JSON. */
type Names = Readonly<Record<'s3' | 'ec2' | 'sts' | 'json', readonly [type: string, status: number]>>;

function refusal(names: Names, { service }: WireRequest, message: string): WireAnswer {
  const protocol =
    service === 'iam' ? 'sts' : service === 's3' || service === 'ec2' || service === 'sts' ? service : 'json';
  const [type, status] = names[protocol];
  return new AwsRefusal(type, message, status).answer(service);
}
