import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { ProviderError } from '../../../core/errors';
import { bytesText, countText } from '../../../core/words';
import { tar, type TarEntry } from '../../../node/tarWriter';
import { difference, packMarks, unpackMarks, type Manifest } from '../../launched/manifest';
import { feed, printed } from './feed';
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
  const key = cacheKey(source);
  const failed = `The ${what} can’t be uploaded`;
  const have = ['upload.sh', 'have', key, manifest.version, String(manifest.lines)] as const;
  const [answer, base] = (await scripts.ask(have, failed, {}, signal)).trim().split(' ');
  if (answer === 'same') return { bytes: 0, files: 0 };
  if (answer !== 'other' && answer !== 'none') throw oddAnswer(scripts.alias, answer ?? '');
  const known = base === undefined ? undefined : await marksThere(scripts, key, base, signal);
  const { send, remove } = difference(known ?? new Map(), manifest);
  const entries: TarEntry[] = [
    { kind: 'text', path: 'removed', text: remove.map((path) => `./${path}\0`).join('') },
    { kind: 'folder', path: 'files', mode: 0o755 },
    ...send.map((entry) => ({ ...entry, path: `files/${entry.path}` })),
    { kind: 'text', path: 'manifest', text: packMarks(manifest.marks) },
  ];
  const files = send.filter(({ kind }) => kind === 'file');
  const bytes = files.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.bytes : 0), 0);
  const words = [key, manifest.version, String(manifest.lines), ...(known && base ? [base] : [])];
  const program = await scripts.start(['upload.sh', 'take', ...words], {}, signal);
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

/** `undefined` where it can't be read: then everything is sent. */
async function marksThere(scripts: HostScripts, key: string, base: string, signal: AbortSignal) {
  if (!/^[0-9a-f]{32}$/.test(base)) return undefined;
  const program = await scripts.start(['upload.sh', 'manifest', key, base], {}, signal);
  const { end, bytes } = await printed(program, longestManifest, signal);
  return end.code === 0 ? unpackMarks(bytes) : undefined;
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
