import { randomBytes } from 'node:crypto';
import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProviderError, throwIfCancelled } from '../../../core/errors';
import { bytesText } from '../../../core/words';
import { isSystemError } from '../../../node/files';
import { unpackTar } from '../../../node/unpackTar';
import { unlessCancelled } from './feed';
import { hostFailure } from './hostFailure';
import type { HostScripts } from './hostScripts';
import type { HostShare } from './placement';

/** How often progress is told, in milliseconds. */
const pace = 200;

/** Brings an output, such as `model` or `node-1/model`, to this computer as `to`. Whole or not at all. */
export async function download(
  scripts: HostScripts,
  { job, alias }: HostShare,
  output: string,
  to: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (output.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new ProviderError('invalid', `This is no output’s name: ${output.slice(0, 200)}`);
  if (await exists(to)) throw new ProviderError('conflict', `There is something already: ${to}`);
  const draft = `${to}.${randomBytes(4).toString('hex')}.part`;
  await mkdir(dirname(to), { recursive: true });
  await mkdir(draft, { mode: 0o700 });
  const program = await scripts.start(['host.sh', 'pack', job, output], {}, signal);
  program.endInput();
  const close = () => {
    program.close();
  };
  signal.addEventListener('abort', close);
  let read = 0;
  let next = performance.now() + pace;
  try {
    await unpackTar(program.output, draft, signal, (bytes) => {
      read += bytes;
      if (performance.now() < next) return;
      next = performance.now() + pace;
      onProgress(`Downloading ${output} from ${alias}: ${bytesText(read)}`);
    });
    const end = await unlessCancelled(signal, program.ended);
    if (end.code !== 0) throw hostFailure(alias, 'The output can’t be downloaded', end);
    await rename(join(draft, output), to);
  } catch (error) {
    throwIfCancelled(signal);
    // A tar that is cut off, or none, has its reason in how the program that made it ended.
    if (error instanceof ProviderError && error.kind !== 'unavailable') throw error;
    if (isSystemError(error, 'ENOSPC', 'EDQUOT'))
      throw new ProviderError('unavailable', `The disk is full. Make room, and try again: ${to}`);
    if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS'))
      throw new ProviderError('forbidden', `This can’t be written: ${to}`);
    const end = await unlessCancelled(signal, program.ended);
    if (end.code === 65) throw new ProviderError('notFound', `The job left no such output: ${output}`);
    if (end.code !== 0) throw hostFailure(alias, 'The output can’t be downloaded', end);
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
    close();
    await rm(draft, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
