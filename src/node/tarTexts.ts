import { throwIfCancelled } from '../core/errors';
import { endOf, insideTar } from './tarFiles';

/**
 * The text of those files of a tar whose path is `wanted`, by that path; at most `most` bytes of all together, and none of the rest. Throws
 * `ProviderError` where the tar is none.
 */
export async function tarTexts(
  pieces: AsyncIterable<Uint8Array>,
  wanted: (path: string) => boolean,
  most: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { Parser } = await import('tar');
  const found = new Map<string, Uint8Array[]>();
  let left = most;
  const parser = new Parser({
    onReadEntry: (entry) => {
      const path = insideTar(entry.path);
      if (path !== undefined && wanted(path) && entry.size <= left) {
        const parts: Uint8Array[] = [];
        left -= entry.size;
        found.set(path, parts);
        entry.on('data', (bytes: Uint8Array) => parts.push(bytes));
      } else entry.resume();
    },
  });
  const ended = endOf(parser, 'end');
  ended.catch(() => undefined);
  for await (const bytes of pieces) {
    throwIfCancelled(signal);
    if (!parser.write(Buffer.from(bytes)))
      await Promise.race([new Promise((resolve) => parser.once('drain', resolve)), ended]);
  }
  parser.end();
  await ended;
  return new Map([...found].map(([path, parts]) => [path, Buffer.concat(parts).toString()]));
}
