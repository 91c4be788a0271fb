import { allAt, shareText } from './bottleneck';
import type { Finding } from './finding';
import { holds, mean, meanOf, median, usedGpus, type Look } from './look';
import type { Column } from './runHistory';
import { thresholds } from './thresholds';
import { lastedText } from './timeText';

/** What to try for any rank that is unlike the others. */
export const rankAdvice: readonly string[] = [
  'Give each rank as much data: DistributedSampler, batches of about the same length.',
  'See whether its GPU is hot or slowed down: temperature and power on the Metrics tab, nvidia-smi -q -d PERFORMANCE.',
];

interface Worker {
  readonly node: number;
  readonly gpu: number;
  readonly util: Column;
  readonly use: number;
}

/**
 * Three GPUs or more, of which one differs. Waiting in NCCL counts as use: where the others are busy and one is not, that one comes
 * late, held up by its CPU or its data. Where one is busy and the others are not, it has more to do.
 */
export function unlikeGpu(look: Look): Finding | undefined {
  const workers = look.history.nodes.flatMap((node) =>
    usedGpus(look, node).map(({ index, util }): Worker => ({
      node: node.node,
      gpu: index,
      util,
      use: mean(look, util),
    })),
  );
  if (workers.length < 3) return undefined;
  const sorted = workers.toSorted((a, b) => a.use - b.use);
  for (const worker of [sorted[0], sorted.at(-1)]) {
    const others = workers.filter((one) => one !== worker);
    const uses = others.map(({ use }) => use);
    if (!worker || Math.max(...uses) - Math.min(...uses) >= thresholds.gpuGap) continue;
    const rest = meanOf(
      look.history.count,
      others.map(({ util }) => util),
    );
    const isLow = worker.use < median(uses);
    const differs = holds(look, (i) =>
      allAt([worker.util, rest], i, (own, other) =>
        isLow
          ? own <= other - thresholds.gpuGap && other >= thresholds.low
          : own >= other + thresholds.gpuGap && other < thresholds.gpuWaits,
      ),
    );
    if (!differs) continue;
    const several = look.history.nodes.length > 1;
    const over = { from: look.from, to: look.to };
    return {
      kind: isLow ? 'slowRank' : 'unevenLoad',
      severity: 'warning',
      title: `${isLow ? 'One slow rank' : 'Uneven load'}: GPU ${worker.gpu}${several ? ` of node ${worker.node}` : ''} ${shareText(worker.use)}, the others ${shareText(mean(look, rest))} for ${lastedText(look.to - look.from)}`,
      evidence: [
        {
          what: 'GPU use',
          value: shareText(worker.use),
          ...over,
          gpu: worker.gpu,
          ...(several && { node: worker.node }),
        },
        { what: `GPU use, mean of the ${others.length} others`, value: shareText(mean(look, rest)), ...over },
      ],
      advice: isLow
        ? [
            'The others wait for this one: look at what its process does beside the GPU, such as loading, logging or saving.',
            ...rankAdvice,
          ]
        : [
            'This one has more to do: nn.DataParallel gathers on its first GPU, DistributedDataParallel does not.',
            ...rankAdvice,
          ],
    };
  }
  return undefined;
}
