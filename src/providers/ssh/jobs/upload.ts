import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { ProviderError } from '../../../core/errors';
import { bytesText, countText } from '../../../core/words';
import { tar, type TarEntry } from '../../../node/tarWriter';
import { difference, packMarks, unpackMarks, type Manifest } from '../../launched/manifest';
import { answerOf } from './answer';
import { feed, unlessCancelled } from './feed';
import { hostFailure } from './hostFailure';
import { oddAnswer, type HostScripts } from './hostScripts';

/** How often progress is told, in milliseconds. */
const pace = 200;
/** Of a manifest, packed. */
const longestManifest = 256 << 20;

/** What an upload sent. */
export interface Sent {
  readonly bytes: number;
  readonly files: number;
}

/**
 * Brings one state of a folder of this computer into what the host keeps of it (src/remote/upload.sh), and sends only what is not there:
 * nothing where that very state is. Whole or not at all.
 */
export async function upload(
  scripts: HostScripts,
  { source, what }: { readonly source: string; readonly what: string },
  manifest: Manifest,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<Sent> {
  const failed = `The ${what} can’t be uploaded`;
  const words = [cacheKey(source), manifest.version, String(manifest.lines)] as const;
  const program = await scripts.start(['upload.sh', 'bring', ...words], {}, signal);
  try {
    const answer = await unlessCancelled(signal, answerOf(program.output, longestManifest));
    if (answer?.word === 'same') return { bytes: 0, files: 0 };
    if (!answer) {
      program.endInput();
      const end = await unlessCancelled(signal, program.ended);
      throw end.code === 0 ? oddAnswer(scripts.alias, '') : hostFailure(scripts.alias, failed, end);
    }
    if (answer.word !== 'base' && answer.word !== 'none') throw oddAnswer(scripts.alias, answer.word);
    // What can’t be read is done without.
    const known = answer.bytes && unpackMarks(answer.bytes);
    const { send, remove } = difference(known ?? new Map(), manifest);
    const entries: TarEntry[] = [
      ...(known ? [{ kind: 'text' as const, path: 'removed', text: list(remove) }] : []),
      { kind: 'folder', path: 'files', mode: 0o755 },
      ...send.map((entry) => ({ ...entry, path: `files/${entry.path}` })),
      { kind: 'text', path: 'manifest', text: packMarks(manifest.marks) },
    ];
    const files = send.filter(({ kind }) => kind === 'file');
    const bytes = files.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.bytes : 0), 0);
    const end = await feed(
      program,
      tar(entries, ({ path }) => {
        throw changed(what, path.slice('files/'.length));
      }),
      signal,
      progress(onProgress, `Uploading the ${what} to ${scripts.alias}`, bytes, files.length),
    );
    if (end.code !== 0) throw hostFailure(scripts.alias, failed, end);
    return { bytes, files: files.length };
  } finally {
    program.close();
  }
}

function list(remove: readonly string[]): string {
  return remove.map((path) => `./${path}\0`).join('');
}

function changed(what: string, path: string): ProviderError {
  return new ProviderError('invalid', `The ${what} changed while it was uploaded. Submit it again: ${path}`);
}

/** Copies it from there to where the job has it: into the working directory of each rank, or once to a place of the host. */
export async function place(
  scripts: HostScripts,
  job: string,
  {
    source,
    what,
    destination,
  }: { readonly source: string; readonly what: string; readonly destination: string },
  manifest: Manifest,
  ranks: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const to = destination.replace(/\/+$/, (slashes) => (destination === slashes ? '/' : ''));
  const words = [job, cacheKey(source), manifest.version, manifest.what, to, ...ranks.map(String)];
  const options = { timeout: 30 * 60_000 };
  const output = await scripts.run(['upload.sh', 'place', ...words], options, signal);
  if (output.code === 69)
    throw new ProviderError(
      'invalid',
      `A link in the workdir leads out of it, so that nothing can be put there: ${destination}`,
    );
  if (output.code !== 0) throw hostFailure(scripts.alias, `The ${what} can’t be copied into the job`, output);
}

/** Of a folder on this computer, the same each time. */
export function cacheKey(source: string): string {
  return createHash('sha256').update(`${hostname()}\0${source}`).digest('hex').slice(0, 20);
}

function progress(
  onProgress: (message: string) => void,
  what: string,
  bytes: number,
  files: number,
): (written: number) => void {
  let written = 0;
  let next = performance.now() + pace;
  return (more) => {
    written += more;
    if (performance.now() < next) return;
    next = performance.now() + pace;
    onProgress(
      `${what}: ${bytesText(Math.min(written, bytes))} of ${bytesText(bytes)} in ${countText(files, 'file')}`,
    );
  };
}
