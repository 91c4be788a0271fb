import { open, readFile, type FileHandle } from 'node:fs/promises';
import { isSystemError } from './files';

/** Something that goes into a tar. Paths have `/`, and are relative to where it is unpacked. */
export type TarEntry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'text';
      readonly path: string;
      readonly text: string | Uint8Array;
      readonly mode?: number;
    }
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Absolute. */
      readonly source: string;
      /** As many bytes go into the tar, whatever has become of the file: the rest is zeros. */
      readonly bytes: number;
      /** Unix milliseconds. */
      readonly modifiedAt: number;
      readonly mode: number;
    };

const block = 512;
/** Files up to here are read ahead, so many at once. */
const small = 1 << 18;
const ahead = 16;
/** Written pieces are about as large. */
const piece = 1 << 18;

/**
 * A tar as GNU, busybox, BSD and Go read it: names of any length and with any character but NUL, times in whole seconds, no owners. Throws
 * what reading throws; a file that is gone, or shorter than it was, is filled up with zeros and told to `onChanged`.
 */
export async function* tar(
  entries: Iterable<TarEntry>,
  onChanged: (entry: TarEntry) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of pieces(entries, onChanged)) {
    waiting.push(bytes);
    size += bytes.length;
    if (size < piece) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  yield Buffer.concat([...waiting, Buffer.alloc(2 * block)]);
}

async function* pieces(
  entries: Iterable<TarEntry>,
  onChanged: (entry: TarEntry) => void,
): AsyncGenerator<Uint8Array> {
  const reading: { entry: TarEntry; content: Promise<Uint8Array | undefined> | undefined }[] = [];
  const rest = entries[Symbol.iterator]();
  const fill = () => {
    while (reading.length < ahead) {
      const next: IteratorResult<TarEntry, unknown> = rest.next();
      if (next.done) return;
      const entry = next.value;
      const content =
        entry.kind === 'file' && entry.bytes <= small ? contentOf(entry.source, entry.bytes) : undefined;
      // It is awaited in its turn.
      content?.catch(() => undefined);
      reading.push({ entry, content });
    }
  };
  for (;;) {
    fill();
    const next = reading.shift();
    if (!next) return;
    const { entry } = next;
    yield headerOf(entry);
    if (entry.kind === 'text') yield* padded(bytesOf(entry.text));
    else if (entry.kind === 'file') {
      if (!next.content) yield* large(entry, onChanged);
      else {
        const content = await next.content;
        if (content?.length !== entry.bytes) onChanged(entry);
        yield content ?? new Uint8Array(0);
        yield Buffer.alloc(entry.bytes - (content?.length ?? 0) + padding(entry.bytes));
      }
    }
  }
}

/** At most so many bytes; `undefined` where it is gone. */
async function contentOf(path: string, bytes: number): Promise<Uint8Array | undefined> {
  try {
    return (await readFile(path)).subarray(0, bytes);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function* large(
  entry: Extract<TarEntry, { kind: 'file' }>,
  onChanged: (entry: TarEntry) => void,
): AsyncGenerator<Uint8Array> {
  let left = entry.bytes;
  const file = await open(entry.source).catch((error: unknown): FileHandle | undefined => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
  try {
    while (file && left > 0) {
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(Math.min(left, 1 << 20)),
        0,
        Math.min(left, 1 << 20),
      );
      if (bytesRead === 0) break;
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file?.close();
  }
  if (left > 0) onChanged(entry);
  for (; left > 0; left -= Math.min(left, 1 << 20)) yield Buffer.alloc(Math.min(left, 1 << 20));
  yield Buffer.alloc(padding(entry.bytes));
}

function* padded(content: Uint8Array): Generator<Uint8Array> {
  yield content;
  yield Buffer.alloc(padding(content.length));
}

function padding(bytes: number): number {
  return (block - (bytes % block)) % block;
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text;
}

const types = { folder: '5', link: '2', text: '0', file: '0', longName: 'L', longTarget: 'K' } as const;

/** Behind the records that hold a name or target of more than 100 bytes (GNU's way, which all know). */
function headerOf(entry: TarEntry): Uint8Array {
  const name = Buffer.from(entry.kind === 'folder' ? `${entry.path}/` : entry.path);
  const target = Buffer.from(entry.kind === 'link' ? entry.target : '');
  const size = entry.kind === 'file' ? entry.bytes : entry.kind === 'text' ? bytesOf(entry.text).length : 0;
  const mode = entry.kind === 'link' ? 0o777 : (entry.mode ?? (entry.kind === 'folder' ? 0o755 : 0o600));
  const seconds = entry.kind === 'file' ? Math.max(0, Math.floor(entry.modifiedAt / 1000)) : 0;
  return Buffer.concat([
    ...longRecord(types.longTarget, target),
    ...longRecord(types.longName, name),
    header(types[entry.kind], name, { target, size, mode, seconds }),
  ]);
}

function longRecord(type: string, text: Buffer): Uint8Array[] {
  if (text.length <= 100) return [];
  const size = text.length + 1;
  const head = header(type, Buffer.from('././@LongLink'), {
    target: Buffer.alloc(0),
    size,
    mode: 0o644,
    seconds: 0,
  });
  return [head, text, Buffer.alloc(1 + padding(size))];
}

function header(
  type: string,
  name: Buffer,
  of: {
    readonly target: Buffer;
    readonly size: number;
    readonly mode: number;
    readonly seconds: number;
  },
): Uint8Array {
  const bytes = Buffer.alloc(block);
  name.copy(bytes, 0, 0, 100);
  bytes.write(octal(of.mode & 0o7777, 7), 100);
  bytes.write(octal(0, 7), 108);
  bytes.write(octal(0, 7), 116);
  if (of.size < 8 ** 11) bytes.write(octal(of.size, 11), 124);
  else {
    // Base 256, for 8 GiB and more.
    bytes[124] = 0x80;
    bytes.writeBigUInt64BE(BigInt(of.size), 128);
  }
  bytes.write(octal(of.seconds, 11), 136);
  bytes.write('        ', 148);
  bytes.write(type, 156);
  of.target.copy(bytes, 157, 0, 100);
  bytes.write('ustar  ', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148);
  return bytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
