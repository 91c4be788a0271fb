import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CancelledError, ProviderError, throwIfCancelled } from '../../../../core/errors';
import { bytesText } from '../../../../core/words';
import { isSystemError } from '../../../../node/files';
import { insideTar } from '../../../../node/tarFiles';
import { unpackTar } from '../../../../node/unpackTar';
import type { AwsAccount } from '../../account/account';
import { gunzipped } from './archive';
import { described, noSuchJob } from '../describe';
import { archiveOf, largestRead, listed, noSuchOutput, wholeArchive } from '../outputs';

/** How often progress is told, in milliseconds. */
const pace = 200;

/** Brings an output, such as `model` or `node-1/model`, to this computer as `to`. Whole or not at all. */
export async function download(
  account: AwsAccount,
  { id, folder, largest = largestRead }: { readonly id: string; readonly folder: string; largest?: number },
  output: string,
  to: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (insideTar(output) !== output)
    throw new ProviderError('invalid', `This is no output’s name: ${output.slice(0, 200)}`);
  if (await exists(to)) throw new ProviderError('conflict', `There is something already: ${to}`);
  const job = await described(account, id, signal);
  if (!job) throw noSuchJob(id);
  const archive = await archiveOf(account, folder, job);
  const size = archive && (await archive.objects.size(archive.key, signal));
  if (!archive || size === undefined) throw noSuchOutput(output);
  const draft = `${to}.${randomBytes(4).toString('hex')}.part`;
  try {
    await mkdir(dirname(to), { recursive: true });
    await mkdir(draft, { mode: 0o700 });
    const pieces = told(archive.objects.read(archive.key, signal), output, size, onProgress);
    if (output === wholeArchive && size > largest && !(await listed(archive, signal))) {
      await pipeline(pieces, createWriteStream(join(draft, output), { mode: 0o600 }), { signal });
      await rename(join(draft, output), to);
      return;
    }
    const wanted = (path: string) => {
      const way = insideTar(path);
      // What would lead out of it is looked at too, and refused.
      return way === undefined || way === output || way.startsWith(`${output}/`);
    };
    await unpackTar(gunzipped(pieces), draft, signal, undefined, wanted);
    throwIfCancelled(signal);
    if (!(await exists(join(draft, output)))) throw noSuchOutput(output);
    await rename(join(draft, output), to);
  } catch (error) {
    throwIfCancelled(signal);
    if (error instanceof ProviderError || error instanceof CancelledError) throw error;
    if (isSystemError(error, 'ENOSPC', 'EDQUOT'))
      throw new ProviderError('unavailable', `The disk is full. Make room, and try again: ${to}`, {
        cause: error,
      });
    if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS'))
      throw new ProviderError('forbidden', `This can’t be written: ${to}`, { cause: error });
    throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function* told(
  pieces: AsyncIterable<Uint8Array>,
  output: string,
  size: number,
  onProgress: (message: string) => void,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  let next = performance.now() + pace;
  for await (const bytes of pieces) {
    yield bytes;
    read += bytes.length;
    if (performance.now() < next) continue;
    next = performance.now() + pace;
    onProgress(`Downloading ${output} from S3: ${bytesText(read)} of ${bytesText(size)}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
