import type { Evidence, FindingKind } from './finding';
import type { Look } from './look';
import type { Column, NodeHistory } from './runHistory';

/** A node with GPUs that are used, looked at for what holds them up. */
export interface Node {
  readonly node: NodeHistory;
  readonly look: Look;
  /** By bucket, the mean use of the GPUs that are used at all. */
  readonly use: Column;
  readonly gpus: NodeHistory['gpus'];
}

/** What a rule saw on one node. */
export interface Symptom {
  readonly kind: FindingKind;
  /** Such as `Input-bound`. */
  readonly label: string;
  /** The numbers that tell, after the GPU's own, such as `one CPU core at 99 %`. */
  readonly numbers: string;
  readonly evidence: readonly Pick<Evidence, 'what' | 'value'>[];
  readonly advice: readonly string[];
}

/** Says whether this is what a node's GPUs wait for. */
export type Bottleneck = (node: Node) => Symptom | undefined;

/** The value of a column in a bucket; `undefined` where it is missing, which a rule hands on as its own answer. */
export function valueAt(column: Column | undefined, bucket: number): number | undefined {
  const value = column?.[bucket] ?? NaN;
  return Number.isNaN(value) ? undefined : value;
}

/** `test` of several columns in a bucket; `undefined` where any of them is missing. */
export function allAt(
  columns: readonly (Column | undefined)[],
  bucket: number,
  test: (...values: number[]) => boolean,
): boolean | undefined {
  const found: number[] = [];
  for (const column of columns) {
    const value = valueAt(column, bucket);
    if (value === undefined) return undefined;
    found.push(value);
  }
  return test(...found);
}

/** `23 %`; never `100 %` or `0 %` for what is only nearly so. */
export function shareText(percent: number): string {
  if (Number.isNaN(percent)) return 'unknown';
  return `${percent > 99 && percent < 100 ? 99 : percent > 0 && percent < 1 ? '< 1' : Math.round(percent)} %`;
}
