import type { DeserializeMiddleware, MetadataBearer } from '@smithy/types';

/** Something answered that is not AWS. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';

  constructor(
    /** A web page, or something that can't be read. */
    readonly what: 'page' | 'garbage',
    readonly host: string,
    readonly status: number,
    /** Whether it may be over soon. */
    readonly passing: boolean,
    options?: { cause?: unknown },
  ) {
    super(`${host} answered with ${what === 'page' ? 'a web page' : 'something unreadable'}`, options);
  }
}

/**
 * Refuses answers that don't come from AWS: a sign-in page of a network, a proxy's error page. Without it, a page is a `SyntaxError`
 * where JSON is spoken, and an empty answer, with no error at all, where XML is.
 */
export function answers(): DeserializeMiddleware<object, MetadataBearer> {
  return (next) => async (args) => {
    const { hostname = '' } = args.request as { readonly hostname?: string };
    const result = await next(args);
    const { statusCode = 0, headers = {} } = result.response as Partial<{
      readonly statusCode: number;
      readonly headers: Readonly<Record<string, string>>;
    }>;
    const type = headers['content-type'] ?? '';
    // An object of S3 may be a web page; then AWS says that it was AWS.
    const known = 'x-amzn-requestid' in headers || 'x-amz-request-id' in headers;
    if (
      !known &&
      (/^(text\/html|application\/xhtml)/i.test(type) ||
        (statusCode >= 300 && statusCode < 400 && statusCode !== 304))
    )
      throw new AnswerError('page', hostname, statusCode, statusCode >= 502 && statusCode <= 504);
    return result;
  };
}

/** After the handler that talks to the network and before the one that reads what it got. */
export const answersPlace = {
  name: 'trainyardAnswers',
  step: 'deserialize',
  priority: 'low',
  override: true,
} as const;

/** What the SDK throws where it can't read an answer. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof SyntaxError || (error instanceof Error && '$responseBodyText' in error);
}
