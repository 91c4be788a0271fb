import { durationText } from '../words';
import type { Evidence, Finding } from './finding';
import { median, type Look } from './look';
import type { StepTimes } from './runHistory';
import { thresholds } from './thresholds';
import { lastedText } from './timeText';
import { rankAdvice, unlikeGpu } from './unlikeGpu';

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
  const usual = median(sorted.slice(1).map(({ perStep }) => perStep));
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
      const delay = median(delays);
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
      ...rankAdvice,
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

function stepText(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds.toFixed(0)} ms`;
  return milliseconds < 60_000 ? `${(milliseconds / 1000).toFixed(1)} s` : durationText(milliseconds);
}
