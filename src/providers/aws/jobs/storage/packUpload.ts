import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { ProviderError } from '../../../../core/errors';
import { bytesText, countText } from '../../../../core/words';
import { tar, type TarEntry } from '../../../../node/tarWriter';
import type { Objects } from './objects';
import { sizeOf, type PackPlan } from './packs';

/** How often progress is told, in milliseconds. */
const pace = 200;

/** Makes a pack (`input.ts`) and sends it, while it is made: nothing of it lies on the disk. */
export async function uploadPack(
  objects: Objects,
  { prepared, make }: PackPlan,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!make) return;
  const { what } = prepared.upload;
  const entries: TarEntry[] = [
    ...(make.remove
      ? [
          {
            kind: 'text',
            path: 'removed',
            text: make.remove.map((path) => `./${path}\0`).join(''),
          } as const,
        ]
      : []),
    { kind: 'folder', path: 'files', mode: 0o755 },
    ...make.send.map((entry) => ({ ...entry, path: `files/${entry.path}` })),
  ];
  const changed = ({ path }: TarEntry) => {
    const name = path.slice('files/'.length);
    throw new ProviderError('invalid', `The ${what} changed while it was uploaded. Submit it again: ${name}`);
  };
  const size = sizeOf(make.send);
  const files = make.send.filter(({ kind }) => kind === 'file').length;
  const told = counted(tar(entries, changed), progress(onProgress, what, size, files));
  // Fast rather than small: what is packed is mostly code, and what is large mostly does not shrink.
  const gzip = createGzip({ level: 1 });
  // Its end, good or bad, is that of the last stream.
  pipeline(Readable.from(told), gzip, () => undefined);
  await objects.upload(make.key, gzip, size, signal);
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of pieces) {
    yield bytes;
    onRead(bytes.length);
  }
}

function progress(
  onProgress: (message: string) => void,
  what: string,
  size: number,
  files: number,
): (read: number) => void {
  let read = 0;
  let next = performance.now() + pace;
  return (more) => {
    read += more;
    if (performance.now() < next) return;
    next = performance.now() + pace;
    onProgress(
      `Uploading the ${what}: ${bytesText(Math.min(read, size))} of ${bytesText(size)} in ${countText(files, 'file')}`,
    );
  };
}
