import type { JobOutput } from '../../../core/provider';
import { printed } from './feed';
import { hostFailure } from './hostFailure';
import type { HostScripts } from './hostScripts';
import type { HostShare } from './placement';

/** Of an output with more files only these are listed. */
const mostFiles = 10_000;
/** Of a host's whole list, in bytes. */
const longestList = 16 << 20;

/** What the nodes of one host left: the outputs of node 0 by their names, those of others as `node-1/model`. */
export async function outputs(
  scripts: HostScripts,
  { job }: HostShare,
  signal: AbortSignal,
): Promise<readonly JobOutput[]> {
  const program = await scripts.start(['host.sh', 'outputs', job], { quiet: true }, signal);
  const { end, bytes } = await printed(program, longestList, signal);
  if (end.code !== 0) throw hostFailure(scripts.alias, 'The outputs can’t be listed', end);
  return parseOutputs(Buffer.from(bytes).toString());
}

/** `text` is `<bytes> <path>` and a NUL for each file; what is cut off at its end is left out. */
export function parseOutputs(text: string): readonly JobOutput[] {
  const found = new Map<string, { path: string; bytes: number }[]>();
  for (const entry of text.slice(0, text.lastIndexOf('\0') + 1).split('\0')) {
    const [, bytes, path = ''] = /^(\d{1,15}) (.+)$/s.exec(entry) ?? [];
    const [, name, inside] = /^((?:node-[1-9]\d*\/)?[^/]+)(?:\/(.+))?$/s.exec(path) ?? [];
    if (bytes === undefined || name === undefined) continue;
    const files = found.get(name) ?? [];
    found.set(name, files);
    // An output may be a single file.
    if (files.length < mostFiles)
      files.push({ path: inside ?? name.split('/').at(-1) ?? name, bytes: Number(bytes) });
  }
  const ofNode = (name: string) => Number(/^node-(\d+)\//.exec(name)?.[1] ?? 0);
  return [...found]
    .map(([name, files]) => ({ name, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) }))
    .sort((a, b) => ofNode(a.name) - ofNode(b.name) || (a.name < b.name ? -1 : 1));
}
