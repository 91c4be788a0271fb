import { ProviderError } from '../../../core/errors';
import type { ProcessEnd } from '../../../core/machine';

/** Why a script on a host failed, in words. `what` could not be done, such as `The job can’t be started`. */
export function hostFailure(
  alias: string,
  what: string,
  { code, signal, stderr }: ProcessEnd,
): ProviderError {
  const said = lastLine(stderr);
  // tar may say of the file at which the disk became full only how much of it went there.
  if (/No space left|Disk quota exceeded|Wrote only \d+ of \d+ bytes/i.test(stderr))
    return new ProviderError(
      'unavailable',
      `${what}: the disk is full. Make room on ${alias}, and try again.`,
    );
  if (/Permission denied|Operation not permitted|Read-only file system/i.test(stderr))
    return new ProviderError('unavailable', `${what}: ${alias} does not let it be written (${said}).`);
  if (code === 66) return new ProviderError('notFound', `There is no such job on ${alias}.`);
  if (code === 127 || /not found/i.test(said))
    return new ProviderError(
      'unavailable',
      `${what}: ${alias} lacks a program. A POSIX shell with tar, awk, find, cp and xargs is needed (${said}).`,
    );
  const how = code === null ? `ended by ${signal ?? 'a signal'}` : `exit code ${code}`;
  return new ProviderError('unavailable', `${what} on ${alias} (${said || how}).`);
}

/** Bounded, and without what could steer a terminal. That tar failed says nothing: why it did stands before it. */
function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  const line =
    lines.findLast((one) => !/^tar: (Exiting with failure|Error is not recoverable)/.test(one)) ?? '';
  return line.replaceAll(/[^\x20-\x7e\u00a0-\uffff]/g, ' ').slice(0, 300);
}
