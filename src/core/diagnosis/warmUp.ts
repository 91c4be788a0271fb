import type { RunHistory } from './runHistory';
import { thresholds } from './thresholds';

/**
 * When the warm-up was over: `setup` is done, and then a first step was told or a GPU used, or ten minutes have passed. `undefined`
 * while it lasts, also between the end of `setup` and the first sign of work.
 */
export function warmUpEnd(history: RunHistory): number | undefined {
  const begin = beginOf(history);
  if (begin === undefined) return undefined;
  const signs = [begin + thresholds.warmUp, firstUse(history, begin), history.firstMetric ?? Infinity];
  const end = Math.max(begin, Math.min(...signs));
  return end < history.until ? end : undefined;
}

function beginOf({ phases, from, count }: RunHistory): number | undefined {
  if (count === 0) return undefined;
  const of = (phase: string, state: string) =>
    phases.filter((mark) => mark.phase === phase && mark.state === state);
  const [started, ended] = [of('setup', 'start'), of('setup', 'end')];
  if (started.length > ended.length) return undefined;
  if (ended.length > 0) return Math.max(from, ...ended.map(({ t }) => t));
  const runs = of('run', 'start');
  return runs.length === 0 ? from : Math.max(from, Math.min(...runs.map(({ t }) => t)));
}

function firstUse(history: RunHistory, begin: number): number {
  const after = Math.max(0, Math.ceil((begin - history.from) / history.width));
  for (let i = after; i < history.count; i++) {
    const used = history.nodes.some(({ gpus }) =>
      gpus.some(({ util }) => (util[i] ?? NaN) >= thresholds.gpuUsed),
    );
    if (used) return history.from + i * history.width;
  }
  return Infinity;
}
