import { chmod, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ProviderError } from '../../../core/errors';
import { isSystemError, writeAtomic } from '../../../node/files';
import { configWord } from './configWord';

const mark =
  '# Machines that were added in Trainyard. It takes these two lines out again with the last of them.';

/** The lines that bring `ours` to whoever reads the file they stand in. They must come first: in an ssh_config the first value counts. */
export function includeLines(ours: string): string {
  // Backslashes would be escapes, and an Include knows wildcards.
  const path = ours.replaceAll('\\', '/').replaceAll(/[*?[]/g, '\\$&');
  return `${mark}\nInclude ${configWord(path)}\n`;
}

/**
 * Puts our lines at the top of the user's file; not one of its own bytes changes, and its mode stays. A link is followed. Throws the
 * system's error, or `ProviderError` of kind `forbidden`, where it can't be.
 */
export async function addInclude(file: string, ours: string): Promise<void> {
  const text = (await textOf(file)) ?? Buffer.alloc(0);
  const windows = text.indexOf('\n') > 0 && text[text.indexOf('\n') - 1] === 13;
  const lines = bothEnds(includeLines(ours))[windows ? 1 : 0] ?? '';
  await replace(file, Buffer.concat([Buffer.from(lines), text]));
}

/** Takes exactly those lines out, wherever they stand now. */
export async function removeInclude(file: string, ours: string): Promise<void> {
  const text = await textOf(file);
  if (!text) return;
  for (const lines of bothEnds(includeLines(ours))) {
    const at = text.indexOf(lines);
    if (at < 0) continue;
    await replace(file, Buffer.concat([text.subarray(0, at), text.subarray(at + Buffer.byteLength(lines))]));
    return;
  }
}

/** With the ends of lines that the file may have. */
function bothEnds(lines: string): readonly string[] {
  return [lines, lines.replaceAll('\n', '\r\n')];
}

async function replace(file: string, content: Buffer): Promise<void> {
  const target = await realpath(file).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return file;
    throw error;
  });
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const before = await stat(target).catch(() => undefined);
  const uid = process.getuid?.();
  if (before && uid !== undefined && before.uid !== uid)
    throw new ProviderError('forbidden', `This file is not yours: ${target}`);
  if (before && (before.mode & 0o200) === 0)
    throw new ProviderError('forbidden', `This file is write-protected: ${target}`);
  const mode = before ? before.mode & 0o7777 : 0o600;
  await writeAtomic(target, content, mode);
  // The process's umask may have taken some of it away.
  await chmod(target, mode);
}

async function textOf(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
}
