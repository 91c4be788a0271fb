import type { Prepared } from '../../launched/prepared';
import type { HostScripts } from './hostScripts';
import type { HostShare } from './placement';
import { place, upload } from './upload';

/** Brings it to one host and into the working directories of its nodes. */
export async function bring(
  prepared: readonly Prepared[],
  scripts: HostScripts,
  { job, first, nodes }: HostShare,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const ranks = Array.from({ length: nodes }, (_, index) => first + index);
  for (const { upload: one, manifest } of prepared) await upload(scripts, one, manifest, onProgress, signal);
  for (const { upload: one, manifest } of prepared) {
    onProgress(`Copying the ${one.what} on ${scripts.alias}`);
    await place(scripts, job, one, manifest, ranks, signal);
  }
}
