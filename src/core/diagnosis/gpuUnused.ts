import { bytesText, countText } from '../words';
import { shareText, valueAt } from './bottleneck';
import type { Evidence, Finding } from './finding';
import { holds, mean, usedGpus, values, type Look } from './look';
import type { GpuHistory } from './runHistory';
import { thresholds } from './thresholds';
import { lastedText } from './timeText';

interface Unused {
  readonly node: number;
  readonly gpu: GpuHistory;
}

/**
 * GPUs that the job asked for and nobody used in all of the time. What it did not ask for is not its to use: on a machine of one's
 * own the rest is somebody else's.
 */
export function gpuUnused(look: Look): readonly Finding[] {
  const { nodes, gpusAsked } = look.history;
  const unused = nodes.flatMap((node): Unused[] => {
    const used = usedGpus(look, node);
    const missing = Math.min(gpusAsked, node.gpus.length) - used.length;
    return node.gpus
      .filter((gpu) => !used.includes(gpu) && isKnownIdle(look, gpu))
      .slice(0, Math.max(0, missing))
      .map((gpu) => ({ node: node.node, gpu }));
  });
  if (unused.length === 0) return [];
  const time = lastedText(look.to - look.from);
  const all = nodes.every((node) => usedGpus(look, node).length === 0);
  const title = all
    ? `No GPU is used: ${countText(unused.length, 'GPU')} at ${useText(look, unused)} for ${time}`
    : `${unused.length === 1 ? '1 GPU is' : `${unused.length} GPUs are`} not used: ${names(unused, nodes.length)} at ${useText(look, unused)} for ${time}`;
  return [
    {
      kind: 'gpuUnused',
      severity: 'warning',
      title,
      evidence: evidence(look, unused),
      advice: all ? noneUsed : someUsed,
    },
  ];
}

const noneUsed = [
  'See that PyTorch finds them: torch.cuda.is_available() in the script; a CPU build of torch is a common cause.',
  'Move the model and each batch there: .to("cuda").',
  'If the job needs no GPU, ask for none: a machine without is far cheaper.',
];

const someUsed = [
  'Start one process for each GPU: torchrun --nproc_per_node=$SKYPILOT_NUM_GPUS_PER_NODE train.py.',
  'See that nothing hides them: CUDA_VISIBLE_DEVICES, or a script that always says cuda:0.',
  'Or ask for fewer: resources.accelerators.',
];

function isKnownIdle(look: Look, { util }: GpuHistory): boolean {
  const test = (i: number) => {
    const value = valueAt(util, i);
    return value === undefined ? undefined : value < thresholds.gpuUsed;
  };
  return holds(look, test, thresholds.unusedTime);
}

function useText(look: Look, unused: readonly Unused[]): string {
  return shareText(Math.max(...unused.map(({ gpu }) => mean(look, gpu.util))));
}

/** `GPU 2, 3`, `GPU 1 of node 0, GPU 3 of node 2`; of many only the first. */
function names(unused: readonly Unused[], nodes: number): string {
  const shown = unused.slice(0, 4);
  const more = unused.length > shown.length ? ` and ${unused.length - shown.length} more` : '';
  if (nodes === 1) return `GPU ${shown.map(({ gpu }) => gpu.index).join(', ')}${more}`;
  return `${shown.map(({ node, gpu }) => `GPU ${gpu.index} of node ${node}`).join(', ')}${more}`;
}

function evidence(look: Look, unused: readonly Unused[]): Evidence[] {
  return unused.slice(0, 8).flatMap(({ node, gpu }) => {
    const over = {
      from: look.from,
      to: look.to,
      gpu: gpu.index,
      ...(look.history.nodes.length > 1 && { node }),
    };
    const memory = values(look, gpu.memUsed);
    return [
      { what: 'Use', value: shareText(mean(look, gpu.util)), ...over },
      ...(memory.length > 0 ? [{ what: 'Memory', value: bytesText(Math.max(...memory)), ...over }] : []),
    ];
  });
}
