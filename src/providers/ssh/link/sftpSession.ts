import type { SFTPWrapper } from 'ssh2';
import { ProviderError } from '../../../core/errors';
import type { Link } from './link';

/** SFTP's status codes (draft-ietf-secsh-filexfer-02, which OpenSSH speaks). */
const noSuchFile = 2;
const permissionDenied = 3;
const unsupported = 8;

type Done<T> = (error: Error | null | undefined, value: T) => void;

/** One SFTP session of a connection. Its calls end with the connection, and fail in our words. */
export class SftpSession {
  /** Why it can't be used any more. */
  gone: Error | undefined;
  private readonly calls = new Set<(why: Error) => void>();

  constructor(
    private readonly sftp: SFTPWrapper,
    link: Link,
    onGone: () => void,
  ) {
    const end = (why: Error) => {
      if (this.gone) return;
      this.gone = why;
      watching.dispose();
      for (const fail of [...this.calls]) fail(why);
      onGone();
    };
    const watching = link.onLost(end);
    const closed = () => {
      end(new ProviderError('network', 'The machine ended the file transfer.'));
    };
    sftp.on('error', closed);
    sftp.on('close', closed);
    sftp.on('end', closed);
  }

  /** `what` is a path, for the error. */
  call<T>(what: string, work: (sftp: SFTPWrapper, done: Done<T>) => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.gone) return Promise.reject(this.gone);
    this.calls.add(reject);
    try {
      work(this.sftp, (error, value) => {
        if (error) reject(sftpError(error, what));
        else resolve(value);
      });
    } catch (error) {
      reject(sftpError(error, what));
    }
    return promise.finally(() => {
      this.calls.delete(reject);
    });
  }

  close(): void {
    this.sftp.end();
  }
}

/** Whether the server has no such request, as one that is not OpenSSH’s may. */
export function isUnsupported(error: unknown): boolean {
  if (!(error instanceof ProviderError) || !(error.cause instanceof Error)) return false;
  return (
    codeOf(error.cause) === unsupported || error.cause.message.includes('does not support this extended')
  );
}

function sftpError(error: unknown, what: string): ProviderError {
  const cause = { cause: error };
  switch (codeOf(error)) {
    case noSuchFile:
      return new ProviderError('notFound', `There is no such file on the machine: ${what}`, cause);
    case permissionDenied:
      return new ProviderError('forbidden', `The machine does not allow this: ${what}`, cause);
    default:
      return new ProviderError(
        'unknown',
        `The machine said “${error instanceof Error ? error.message : String(error)}” about the file: ${what}`,
        cause,
      );
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as Error & { readonly code?: unknown }).code : undefined;
}
