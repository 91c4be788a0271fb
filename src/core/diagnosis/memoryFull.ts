import { bytesText, durationText } from '../words';
import { shareText } from './bottleneck';
import type { Finding } from './finding';
import { isEnough, type Look } from './look';
import type { Column } from './runHistory';
import { thresholds } from './thresholds';

/** Memory of a machine or a GPU that is full or soon will be. */
export function memoryFull(look: Look): readonly Finding[] {
  return look.history.nodes.flatMap((node) => {
    const several = look.history.nodes.length > 1;
    const place = several ? { node: node.node } : {};
    const of = several ? ` of node ${node.node}` : '';
    return [
      ...judged(look, node.memUsed, node.memTotal, { name: `Memory${of}`, place, mayFill: false }),
      ...node.gpus.flatMap(({ index, memUsed, memTotal }) =>
        judged(look, memUsed, memTotal, {
          name: `Memory of GPU ${index}${several ? ` on node ${node.node}` : ''}`,
          place: { ...place, gpu: index },
          mayFill: true,
        }),
      ),
    ];
  });
}

interface Kind {
  readonly name: string;
  readonly place: { readonly node?: number; readonly gpu?: number };
  /** A GPU's may be full all the time: PyTorch keeps what it once had. Only growth is a sign. */
  readonly mayFill: boolean;
}

function judged(look: Look, used: Column | undefined, total: number | undefined, kind: Kind): Finding[] {
  if (!used || total === undefined || !(total > 0)) return [];
  const { history } = look;
  const line = trend(look, used);
  if (!line || !(line.last <= total * 1.01)) return [];
  const size = `${bytesText(line.last)} of ${bytesText(total)}`;
  const over = { from: look.from, to: look.to, ...kind.place };
  const evidence = [
    { what: 'Used', value: `${size} (${shareText((100 * line.last) / total)})`, ...over },
    ...(line.isRising
      ? [{ what: 'Growth', value: `${bytesText(line.slope * 3_600_000)} an hour`, ...over }]
      : []),
  ];
  const left = (total - line.last) / line.slope;
  const ahead = Math.min(thresholds.memoryAhead, thresholds.memoryAheadOfSeen * (look.to - look.from));
  const advice = kind.mayFill ? gpuAdvice : hostAdvice;
  if (!history.ended && line.isRising && left <= ahead) {
    const title = `${kind.name} is about to run out: ${size}, full in ≈ ${roughText(left)}`;
    return [{ kind: 'memoryFull', severity: 'error', title, evidence, advice }];
  }
  if (kind.mayFill || line.last < thresholds.memoryFull * total) return [];
  const title = `${kind.name} ${history.ended ? 'was' : 'is'} nearly full: ${size}`;
  return [{ kind: 'memoryFull', severity: history.ended ? 'warning' : 'error', title, evidence, advice }];
}

const hostAdvice = [
  'Do not keep what grows: lists of losses with their graph (use loss.item()), cached samples, results of each step.',
  'Fewer num_workers, and a smaller prefetch_factor: each worker holds its own copy of the data set’s lists.',
  'Map or stream the data (Parquet, Arrow, memory-mapped arrays), or choose a machine with more memory (resources.memory).',
];

const gpuAdvice = [
  'Do not keep tensors that hold their graph: log loss.item() or loss.detach(), not loss.',
  'Evaluate under torch.inference_mode(), and let the longest batch set the size.',
  'Where memory is fragmented, set PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True under envs.',
  'Save a checkpoint now: what is not saved is lost when it runs out.',
];

interface Trend {
  readonly last: number;
  /** Bytes a millisecond. */
  readonly slope: number;
  readonly isRising: boolean;
}

/** A straight line through all points; rising only where it fits well and each third of the time lies above the one before. */
function trend(look: Look, used: Column): Trend | undefined {
  const { history, first, end } = look;
  const points: [x: number, y: number][] = [];
  for (let i = first; i < Math.min(end, used.length); i++) {
    const y = used[i] ?? NaN;
    if (!Number.isNaN(y)) points.push([i, y]);
  }
  const [last, y] = points.at(-1) ?? [-1, NaN];
  if (!isEnough(look, points.length, last, thresholds.leastTime)) return undefined;
  const mean = (pick: (point: [number, number]) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [mx, my] = [mean(([x]) => x), mean((point) => point[1])];
  const sxx = mean(([x]) => (x - mx) ** 2);
  const syy = mean((point) => (point[1] - my) ** 2);
  const sxy = mean(([x, value]) => (x - mx) * (value - my));
  const fit = sxx > 0 && syy > 0 ? sxy ** 2 / (sxx * syy) : 0;
  const size = Math.floor(points.length / 3);
  const third = (from: number) =>
    points.slice(from, from + size).reduce((sum, point) => sum + point[1], 0) / size;
  const thirds = [third(0), third(size), third(points.length - size)];
  const [a = 0, b = 0, c = 0] = thirds;
  return { last: y, slope: sxy / sxx / history.width, isRising: fit >= 0.9 && a < b && b < c && sxy > 0 };
}

/** To the minute, or to ten above an hour: it is an estimate. */
function roughText(milliseconds: number): string {
  const unit = milliseconds < 3_600_000 ? 60_000 : 600_000;
  return durationText(Math.max(60_000, Math.round(milliseconds / unit) * unit));
}
