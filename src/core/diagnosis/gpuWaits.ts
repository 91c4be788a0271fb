import { countText } from '../words';
import { batchTooSmall } from './batchTooSmall';
import { shareText, type Bottleneck, type Node, type Symptom } from './bottleneck';
import { checkpointing } from './checkpointing';
import type { Evidence, Finding } from './finding';
import { inputBound } from './inputBound';
import { ioBound } from './ioBound';
import { mean, meanOf, usedGpus, type Look } from './look';
import { networkBound } from './networkBound';
import { lastedText } from './timeText';

/**
 * What GPUs may wait for. The first that fits a node is its cause, so what explains more stands first: a disk that is slow keeps the
 * CPU and the network busy or idle in its wake, and "all is low" is what is left when nothing else is high.
 */
export const bottlenecks: readonly Bottleneck[] = [
  checkpointing,
  ioBound,
  networkBound,
  inputBound,
  batchTooSmall,
];

/** So many nodes are told one by one. */
const mostNodes = 4;

/** Why GPUs that are used are used little: a finding for each cause, over all nodes that have it. */
export function gpuWaits(look: Look): readonly Finding[] {
  const found = look.history.nodes.flatMap((node) => {
    const gpus = usedGpus(look, node);
    if (gpus.length === 0) return [];
    const use = meanOf(
      look.history.count,
      gpus.map(({ util }) => util),
    );
    const at: Node = { node, look, use, gpus };
    for (const bottleneck of bottlenecks) {
      const symptom = bottleneck(at);
      if (symptom) return [{ at, symptom, gpu: mean(look, use) }];
    }
    return [];
  });
  const kinds = [...new Set(found.map(({ symptom }) => symptom.kind))];
  return kinds.map((kind) => finding(found.filter(({ symptom }) => symptom.kind === kind)));
}

interface Found {
  readonly at: Node;
  readonly symptom: Symptom;
  readonly gpu: number;
}

function finding(all: readonly Found[]): Finding {
  const sorted = all.toSorted((a, b) => a.gpu - b.gpu);
  const [worst] = sorted as [Found, ...Found[]];
  const { look, gpus } = worst.at;
  const gpu = `${gpus.length > 1 ? 'GPUs' : 'GPU'} ${shareText(worst.gpu)}`;
  const { kind, label, numbers, advice } = worst.symptom;
  return {
    kind,
    severity: 'warning',
    title: `${label}${where(sorted)}: ${gpu}, ${numbers} for ${lastedText(look.to - look.from)}`,
    evidence: sorted.slice(0, mostNodes).flatMap(evidence),
    advice,
  };
}

function where(found: readonly Found[]): string {
  const count = found[0]?.at.look.history.nodes.length ?? 0;
  if (count <= 1) return '';
  if (found.length === 1) return ` on node ${found[0]?.at.node.node ?? 0}`;
  return found.length === count
    ? ` on all ${countText(count, 'node')}`
    : ` on ${found.length} of ${count} nodes`;
}

function evidence({ at: { node, look, gpus }, symptom, gpu }: Found): Evidence[] {
  const over = {
    from: look.from,
    to: look.to,
    ...(look.history.nodes.length > 1 && { node: node.node }),
  };
  const what = gpus.length > 1 ? `GPU use, mean of ${gpus.length}` : 'GPU use';
  return [{ what, value: shareText(gpu) }, ...symptom.evidence].map((one) => ({ ...one, ...over }));
}
