/** What the SDK's errors say, wherever they say it. Absent: the empty string or 0. */
export interface ErrorFacts {
  /** AWS's own word, such as `ResourceInUse`. */
  readonly code: string;
  readonly message: string;
  /** Of HTTP. */
  readonly status: number;
  /** Of the operating system or TLS, such as `ECONNREFUSED`; also of a cause. */
  readonly system: string;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfter: string | undefined;
  /** The SDK has learnt the server's time from this answer, and signs by it from now on. */
  readonly clockCorrected: boolean;
}

export function factsOf(error: unknown): ErrorFacts {
  const said = (typeof error === 'object' && error !== null ? error : {}) as Said;
  const headers = said.$response?.headers ?? {};
  return {
    code: text(said.name) === 'Error' ? text(said.Code) : text(said.name),
    message: text(said.message),
    status: said.$metadata?.httpStatusCode ?? said.$response?.statusCode ?? 0,
    system: systemCode(error) || codeIn(text(said.message)),
    requestId: text(said.$metadata?.requestId),
    headers,
    retryAfter: headers['retry-after'],
    clockCorrected: said.$metadata?.clockSkewCorrected === true,
  };
}

interface Said {
  readonly name?: unknown;
  readonly Code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: unknown;
    readonly clockSkewCorrected?: boolean;
  };
  readonly $response?: {
    readonly statusCode?: number;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Of an error, of the first of several (a name may have more than one address), or of what caused it. */
function systemCode(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 5) return '';
  if (error instanceof AggregateError && error.errors.length > 0)
    return systemCode(error.errors[0], depth + 1);
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)
    ? code
    : systemCode(error.cause, depth + 1);
}

/** A provider of keys keeps of its cause nothing but the text. */
function codeIn(message: string): string {
  return /\b(?:E[A-Z]{5,}|EAI_AGAIN|UNABLE_TO_[A-Z_]+|SELF_SIGNED_[A-Z_]+)\b/.exec(message)?.[0] ?? '';
}
