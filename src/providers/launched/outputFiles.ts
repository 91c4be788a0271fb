import type { JobOutput } from '../../core/provider';

/** Of an output with more files only these are listed. */
const mostFiles = 10_000;

/**
 * Outputs by their files, whose paths begin with the output's name, or with that of the node where that is not node 0, as
 * `node-1/model/weights.pt`.
 */
export function outputsOf(
  files: Iterable<{ readonly path: string; readonly bytes: number }>,
): readonly JobOutput[] {
  const found = new Map<string, { path: string; bytes: number }[]>();
  for (const { path, bytes } of files) {
    const [, name, inside] = /^((?:node-[1-9]\d*\/)?[^/]+)(?:\/(.+))?$/s.exec(path) ?? [];
    if (name === undefined) continue;
    const own = found.get(name) ?? [];
    found.set(name, own);
    // An output may be a single file.
    if (own.length < mostFiles) own.push({ path: inside ?? name.split('/').at(-1) ?? name, bytes });
  }
  const ofNode = (name: string) => Number(/^node-(\d+)\//.exec(name)?.[1] ?? 0);
  return [...found]
    .map(([name, own]) => ({ name, files: own.sort((a, b) => (a.path < b.path ? -1 : 1)) }))
    .sort((a, b) => ofNode(a.name) - ofNode(b.name) || (a.name < b.name ? -1 : 1));
}
