import type { PointColumns } from './pointColumns';

/** So many of the steps between neighbours tell what is usual, however long the series is. */
const mostSteps = 64;
/** A sampler may be late; one that has said nothing for longer was not there. */
const latePeriods = 3;

/**
 * Milliseconds from which on two neighbours are not joined, among points of something that is measured all the time: nobody measured
 * between them. `width` is that of a column (in milliseconds) where of each column only the lowest and highest are known. `undefined`
 * where there is too little to tell.
 */
export function samplingGap(points: PointColumns, width = 0): number | undefined {
  const period = samplingPeriod(points);
  return period > 0 ? latePeriods * period + 2 * width : undefined;
}

/** The median of the steps, which a few gaps do not change; 0 where there are none. */
function samplingPeriod(points: PointColumns): number {
  const last = points.count - 1;
  const count = Math.min(last, mostSteps);
  const steps: number[] = [];
  for (let i = 0; i < count; i++) {
    const at = Math.floor((i * last) / count);
    steps.push(points.at('time', at + 1) - points.at('time', at));
  }
  steps.sort((a, b) => a - b);
  return steps[(count - 1) >> 1] ?? 0;
}
