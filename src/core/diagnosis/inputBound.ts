import { allAt, shareText, type Bottleneck } from './bottleneck';
import { holds, mean } from './look';
import { thresholds } from './thresholds';

/**
 * The GPUs wait while the CPU is busy: all of it (SageMaker's CPUBottleneck), or one core, which is all that a Python process can use.
 * That is the DataLoader with num_workers=0, or a loop that spends its time in Python.
 */
export const inputBound: Bottleneck = ({ node, look, use, gpus }) => {
  const { gpuWaits, cpuBusy } = thresholds;
  const allBusy = holds(look, (i) =>
    allAt([use, node.cpu], i, (gpu, cpu) => gpu < gpuWaits && cpu > cpuBusy),
  );
  const oneBusy = holds(look, (i) =>
    allAt([use, node.busiestCore], i, (gpu, core) => gpu < gpuWaits && core > cpuBusy),
  );
  if (!allBusy && !oneBusy) return undefined;
  const cpu = shareText(mean(look, node.cpu));
  const core = shareText(mean(look, node.busiestCore));
  const each = Math.floor((node.cores ?? 1) / Math.max(1, gpus.length));
  const workers = Math.min(16, Math.max(2, each));
  const readAhead = 'Read ahead: prefetch_factor=4, pin_memory=True and persistent_workers=True.';
  const format =
    'Decode and resize once, not in each epoch: store what the model reads as Parquet, TFRecord or Zarr, in large files.';
  return {
    kind: 'inputBound',
    label: 'Input-bound',
    numbers: allBusy ? `CPU ${cpu}` : `one CPU core at ${core}`,
    evidence: [
      ...(node.cpu ? [{ what: `CPU use${node.cores ? ` of ${node.cores} cores` : ''}`, value: cpu }] : []),
      ...(node.busiestCore ? [{ what: 'Busiest core', value: core }] : []),
    ],
    advice: allBusy
      ? [
          format,
          readAhead,
          'Decode on the GPU (NVIDIA DALI, torchvision’s decode_jpeg), or choose a machine with more CPU cores for each GPU.',
        ]
      : [
          `Load data in more processes: DataLoader(…, num_workers=${workers}).`,
          readAhead,
          format,
          'If loading is quick already, Python itself is the limit: a larger batch, torch.compile or CUDA graphs.',
        ],
  };
};
