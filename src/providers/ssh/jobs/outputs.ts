import type { JobOutput } from '../../../core/provider';
import { outputsOf } from '../../launched/outputFiles';
import { printed } from './feed';
import { hostFailure } from './hostFailure';
import type { HostScripts } from './hostScripts';
import type { HostShare } from './placement';

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
  const files = text
    .slice(0, text.lastIndexOf('\0') + 1)
    .split('\0')
    .flatMap((entry) => {
      const [, bytes, path] = /^(\d{1,15}) (.+)$/s.exec(entry) ?? [];
      return bytes === undefined || path === undefined ? [] : [{ bytes: Number(bytes), path }];
    });
  return outputsOf(files);
}
