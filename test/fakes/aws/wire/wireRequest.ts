import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** One request to AWS as it came over the wire. */
export interface WireRequest {
  /** Name under which it was signed, such as `sagemaker`; `s3` for an unsigned one. */
  readonly service: string;
  /** Such as `DescribeTrainingJob`; empty where the path says what is asked (S3). */
  readonly operation: string;
  readonly region: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Reads a request to its end. Throws where the client cuts it off. */
export async function wireRequest(message: IncomingMessage): Promise<WireRequest> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  if (!message.complete) throw new Error('The client cut the request off');
  const body = Buffer.concat(pieces);
  const { headers, method = 'GET', url: path = '/' } = message;
  // Credential=<key>/<day>/<region>/<service>/aws4_request, in a header or, of a signed URL, in the query.
  const signed = headers.authorization ?? decodeURIComponent(path);
  const [, region = 'us-east-1', service = 's3'] =
    /Credential=[^/,]+\/\d+\/([\w-]+)\/([\w-]+)\/aws4_request/.exec(signed) ?? [];
  return { service, operation: operationOf(headers, body), region, method, path, headers, body };
}

function operationOf(headers: IncomingHttpHeaders, body: Buffer): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.lastIndexOf('.') + 1);
  if (!headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return '';
  return new URLSearchParams(body.toString()).get('Action') ?? '';
}

/** What is said to a request. */
export interface WireAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer | string;
}

export function jsonAnswer(value: unknown, status = 200): WireAnswer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(value) };
}

/** What AWS refuses, in its own words. */
export class AwsRefusal extends Error {
  constructor(
    /** Such as `ValidationException`. */
    readonly type: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }

  /** In the protocol of the service that was asked. */
  answer(service: string): WireAnswer {
    const { type, message, status } = this;
    // Those that a service's model names have a capital letter here (`Message`), and the SDKs read both.
    if (!['s3', 'ec2', 'sts', 'iam'].includes(service))
      return jsonAnswer({ __type: type, message, Message: message }, status);
    const inner = `<Code>${type}</Code><Message>${escapeXml(message)}</Message>`;
    const body = {
      s3: `<Error>${inner}<RequestId>0</RequestId></Error>`,
      ec2: `<Response><Errors><Error>${inner}</Error></Errors><RequestID>0</RequestID></Response>`,
    }[service];
    const text =
      body ??
      `<ErrorResponse><Error><Type>Sender</Type>${inner}</Error><RequestId>0</RequestId></ErrorResponse>`;
    return {
      status,
      headers: { 'content-type': 'application/xml' },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n${text}`,
    };
  }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
