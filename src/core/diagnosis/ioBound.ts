import { allAt, shareText, type Bottleneck } from './bottleneck';
import { holds, mean } from './look';
import { thresholds } from './thresholds';

/**
 * The GPUs wait while the CPU waits for a disk (SageMaker's IOBottleneck). With many cores, a few that wait are a small share
 * of all, so it also counts when waiting is more than working, and at least one core's worth of it.
 */
export const ioBound: Bottleneck = ({ node, look, use }) => {
  const least = Math.max(thresholds.leastIowait, 100 / (node.cores ?? 1));
  const waits = (iowait: number, cpu: number) =>
    iowait > thresholds.iowait || (iowait >= least && iowait > cpu);
  const found = holds(look, (i) =>
    allAt(
      [use, node.iowait, node.cpu],
      i,
      (gpu, iowait, cpu) => gpu < thresholds.gpuWaits && waits(iowait, cpu),
    ),
  );
  if (!found) return undefined;
  const iowait = shareText(mean(look, node.iowait));
  return {
    kind: 'ioBound',
    label: 'IO-bound',
    numbers: `the CPU waits for the disk ${iowait} of the time`,
    evidence: [
      { what: 'CPU waiting for the disk', value: iowait },
      { what: 'CPU use', value: shareText(mean(look, node.cpu)) },
    ],
    advice: [
      'Copy the data to the machine’s own SSD in setup, and read it from there.',
      'Put many small files into a few large ones: Parquet, TFRecord, WebDataset shards or Zarr.',
      'Keep what is read again in memory, or choose a faster disk (resources.disk_tier: high).',
    ],
  };
};
