import { durationText } from '../words';
import { allAt, shareText } from './bottleneck';
import type { Evidence, Finding } from './finding';
import { holds, mean, meanOf, usedGpus, type Look } from './look';
import type { Column, StepTimes } from './runHistory';
import { thresholds } from './thresholds';
import { lastedText } from './timeText';

/** One rank that all others wait for: its steps take longer or come last, or its GPU is used unlike all others. */
export function slowRank(look: Look): readonly Finding[] {
  const found = slowSteps(look) ?? lateSteps(look) ?? unlikeGpu(look);
  return found ? [found] : [];
}

/** Steps that both hold, at least; fewer differ by chance. */
const leastSteps = 20;

interface Pace {
  readonly of: StepTimes;
  /** Milliseconds. */
  readonly perStep: number;
}

/** Ranks that do not wait for each other in each step run apart. */
function slowSteps(look: Look): Finding | undefined {
  const paces = look.history.steps.flatMap((of): Pace[] => {
    const at = indexesIn(look, of);
    const [first, last] = [at[0], at.at(-1)];
    if (first === undefined || last === undefined || at.length < leastSteps) return [];
    const steps = (of.step[last] ?? 0) - (of.step[first] ?? 0);
    const time = (of.t[last] ?? 0) - (of.t[first] ?? 0);
    return steps > 0 && time >= thresholds.leastTime / 2 ? [{ of, perStep: time / steps }] : [];
  });
  const sorted = paces.toSorted((a, b) => b.perStep - a.perStep);
  const [slow, next] = sorted;
  if (!slow || !next || !isLive(look)) return undefined;
  const usual = middle(sorted.slice(1).map(({ perStep }) => perStep));
  // All others are alike, or there is no one that is slow.
  if (slow.perStep < usual * thresholds.slower || next.perStep >= usual * thresholds.slower) return undefined;
  return finding(look, slow.of, `${stepText(slow.perStep)} a step, the others ${stepText(usual)}`, [
    { what: 'Time of a step', value: stepText(slow.perStep), ...place(slow.of) },
    { what: 'Time of a step, middle of the others', value: stepText(usual) },
  ]);
}

/** Ranks that wait for each other tell the same step one after the other. Only on one node: clocks of several differ. */
function lateSteps(look: Look): Finding | undefined {
  for (const node of new Set(look.history.steps.map((one) => one.node))) {
    const ranks = look.history.steps.filter((one) => one.node === node);
    const [first] = ranks;
    if (!first || ranks.length < 2) continue;
    const tables = ranks.map((one) => new Map(indexesIn(look, one).map((i) => [one.step[i], one.t[i] ?? 0])));
    const common = [...(tables[0]?.keys() ?? [])].filter((step) => tables.every((table) => table.has(step)));
    if (common.length < leastSteps || !isLive(look)) continue;
    const at = (rank: number, step: number | undefined) => tables[rank]?.get(step) ?? 0;
    const last = common.at(-1) ?? 0;
    const perStep = (at(0, last) - at(0, common[0])) / (last - (common[0] ?? 0));
    for (const [rank, one] of ranks.entries()) {
      const delays = common.map((step) => {
        const others = ranks.flatMap((_, other) => (other === rank ? [] : [at(other, step)]));
        return at(rank, step) - Math.max(...others);
      });
      const isLast = delays.filter((delay) => delay > 0).length > 0.8 * common.length;
      const delay = middle(delays);
      // One that is more than a step behind does not wait, and `slowSteps` has judged it.
      if (!isLast || !(delay >= perStep * (thresholds.slower - 1) && delay <= perStep)) continue;
      return finding(look, one, `each step comes ${stepText(delay)} after the others’`, [
        { what: 'Behind the others', value: stepText(delay), ...place(one) },
        { what: 'Time of a step', value: stepText(perStep) },
      ]);
    }
  }
  return undefined;
}

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
function unlikeGpu(look: Look): Finding | undefined {
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
    const isLow = worker.use < middle(uses);
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
            ...sameForAll,
          ]
        : [
            'This one has more to do: nn.DataParallel gathers on its first GPU, DistributedDataParallel does not.',
            ...sameForAll,
          ],
    };
  }
  return undefined;
}

const sameForAll: readonly string[] = [
  'Give each rank as much data: DistributedSampler, batches of about the same length.',
  'See whether its GPU is hot or slowed down: temperature and power on the Metrics tab, nvidia-smi -q -d PERFORMANCE.',
];

function finding(
  look: Look,
  of: StepTimes,
  numbers: string,
  evidence: readonly Omit<Evidence, 'from' | 'to'>[],
): Finding {
  const name = of.rank === undefined ? `node ${of.node}` : `rank ${of.rank}`;
  return {
    kind: 'slowRank',
    severity: 'warning',
    title: `One slow rank: ${name}, ${numbers} for ${lastedText(look.to - look.from)}`,
    evidence: evidence.map((one) => ({ from: look.from, to: look.to, ...one })),
    advice: [
      'All others wait for it: look at what only this one does, such as logging, evaluating or saving.',
      ...sameForAll,
    ],
  };
}

function place({ node, rank }: StepTimes): { node: number; rank?: number } {
  return { node, ...(rank !== undefined && { rank }) };
}

function indexesIn(look: Look, { t }: StepTimes): number[] {
  const found: number[] = [];
  for (const [i, at] of t.entries()) if (at >= look.from && at <= look.to) found.push(i);
  return found;
}

/** Whether a run that goes on has told a step lately. */
function isLive({ history, to }: Look): boolean {
  if (history.ended) return true;
  const latest = Math.max(...history.steps.map(({ t }) => t.at(-1) ?? 0));
  return to - latest <= Math.max(thresholds.stale, 2 * history.width);
}

function middle(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function stepText(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds.toFixed(0)} ms`;
  return milliseconds < 60_000 ? `${(milliseconds / 1000).toFixed(1)} s` : durationText(milliseconds);
}
