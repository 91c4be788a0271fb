import { allAt, shareText, type Bottleneck } from './bottleneck';
import { holds, mean, meanOf, percentile } from './look';
import { isQuiet } from './networkBound';
import { thresholds } from './thresholds';

/**
 * Nothing is the limit: GPU, its memory and the CPU are all low (SageMaker's BatchSize: the p95 of each below 70 %), no core is full,
 * and disk and network are quiet. Then the work comes in pieces that are too small for the GPU.
 */
export const batchTooSmall: Bottleneck = ({ node, look, use, gpus }) => {
  const { low, cpuBusy, leastIowait } = thresholds;
  const memory = meanOf(
    look.history.count,
    gpus.map(({ memUsed = new Float64Array(0), memTotal = NaN }) =>
      memUsed.map((used) => (100 * used) / memTotal),
    ),
  );
  const isKnown = holds(look, (i) =>
    allAt([use, node.cpu, node.busiestCore, node.iowait, memory], i, () => true),
  );
  if (!isKnown || !isQuiet(node, look)) return undefined;
  const isLow = [use, memory, node.cpu].every((column) => percentile(look, column, 0.95) < low);
  if (!isLow || percentile(look, node.busiestCore, 0.95) > cpuBusy) return undefined;
  if (mean(look, node.iowait) >= leastIowait) return undefined;
  const [gpuMemory, cpu] = [shareText(mean(look, memory)), shareText(mean(look, node.cpu))];
  return {
    kind: 'batchTooSmall',
    label: 'Batch too small',
    numbers: `its memory ${gpuMemory}, CPU ${cpu}`,
    evidence: [
      { what: 'GPU memory', value: gpuMemory },
      { what: 'CPU use', value: cpu },
      { what: 'Busiest core', value: shareText(mean(look, node.busiestCore)) },
    ],
    advice: [
      'Double the batch size until GPU memory is well used, and scale the learning rate with it.',
      'Fuse small kernels: torch.compile, CUDA graphs, or a fused optimizer.',
      'Call .item(), print and log less often: each waits for the GPU to finish.',
      'If the model is this small, a smaller GPU does the same work for less.',
    ],
  };
};
