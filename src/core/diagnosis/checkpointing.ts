import { durationText } from '../words';
import { valueAt, shareText, type Bottleneck, type Node } from './bottleneck';
import { isEnough, mean } from './look';
import type { Phase } from './runHistory';
import { thresholds } from './thresholds';

/** A `checkpoint` phase with its end, or the moment that one was told. */
interface Checkpoint {
  readonly from: number;
  readonly to: number;
}

/**
 * The GPUs stand still around checkpoints and work otherwise. A moment stands for the time of low use that it lies in or ends, up
 * to the middle between it and its neighbours. A single checkpoint is no habit.
 */
export const checkpointing: Bottleneck = (at) => {
  const { look, use } = at;
  const { history, first, end } = look;
  const saved = checkpointsOf(at);
  if (saved.length < 2) return undefined;
  const inside = new Set(
    saved.flatMap((one, index) => lowAround(at, one, saved[index - 1], saved[index + 1])),
  );
  let [seen, last, outside, working] = [0, -1, 0, 0];
  for (let i = first; i < Math.min(end, history.count); i++) {
    const value = valueAt(use, i);
    if (value === undefined) continue;
    seen++;
    last = i;
    if (inside.has(i)) continue;
    outside++;
    if (value >= thresholds.gpuWaits) working++;
  }
  const share = inside.size / seen;
  if (!isEnough(look, seen, last, thresholds.leastTime)) return undefined;
  if (share < thresholds.checkpointShare || working * 2 <= outside) return undefined;
  const each = (inside.size * history.width) / saved.length;
  return {
    kind: 'checkpointing',
    label: 'Slow checkpoints',
    numbers: `idle around ${saved.length} checkpoints ${shareText(100 * share)} of the time`,
    evidence: [
      { what: 'Time with low GPU use around checkpoints', value: shareText(100 * share) },
      { what: 'Each of them', value: `≈ ${durationText(each)}` },
      { what: 'GPU use, all of the time', value: shareText(mean(look, use)) },
    ],
    advice: [
      'Save less often: every so many minutes rather than each epoch.',
      'Save in the background: torch.distributed.checkpoint.async_save, or a copy in CPU memory that a thread writes.',
      'Write to the machine’s own SSD first and upload from there; let each rank save its own shard.',
    ],
  };
};

/** The node's own; where it told none, those of the others, for which it waits. */
function checkpointsOf({ node, look }: Node): readonly Checkpoint[] {
  const all = look.history.phases.filter(({ phase }) => /^checkpoint\b/i.test(phase));
  const own = all.filter((mark) => mark.node === node.node);
  const other = all[0]?.node;
  return spans(own.length > 0 ? own : all.filter((mark) => mark.node === other)).filter(
    ({ from, to }) => to >= look.from && from <= look.to,
  );
}

function spans(marks: readonly Phase[]): Checkpoint[] {
  const found: Checkpoint[] = [];
  let begun: number | undefined;
  for (const { t, state } of marks.toSorted((a, b) => a.t - b.t)) {
    if (state === 'start') begun = t;
    else if (state === 'end') {
      found.push({ from: begun ?? t, to: t });
      begun = undefined;
    } else if (begun === undefined) found.push({ from: t, to: t });
  }
  return found;
}

/** Buckets of low use that join the checkpoint without a break. */
function lowAround({ look, use }: Node, one: Checkpoint, before?: Checkpoint, after?: Checkpoint): number[] {
  const { history, first, end } = look;
  const bucket = (t: number) => Math.floor((t - history.from) / history.width);
  const least = Math.max(first, before ? bucket((before.to + one.from) / 2) + 1 : first);
  const most = Math.min(end, history.count, after ? bucket((one.to + after.from) / 2) + 1 : end) - 1;
  const isLow = (i: number) => i >= least && i <= most && (valueAt(use, i) ?? 100) < thresholds.gpuWaits;
  const found: number[] = [];
  const [from, to] = [bucket(one.from), bucket(one.to)];
  for (let i = from; i <= to; i++) if (isLow(i)) found.push(i);
  for (let i = from - 1; isLow(i); i--) found.push(i);
  for (let i = to + 1; isLow(i); i++) found.push(i);
  return found;
}
