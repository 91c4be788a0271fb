import type { CompareRow, SavedSort } from '../../src/protocol/comparePanel';
import { numberOf, plainOf } from './cells';

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/**
 * The newest first, or by one column. Numbers come before words, and what has no value comes last in both directions.
 * Equal rows keep their order.
 */
export function sortedRows(
  rows: readonly CompareRow[],
  sort: SavedSort | null,
  starredFirst: boolean,
): readonly CompareRow[] {
  const started = (row: CompareRow) => numberOf(row.cells.started) ?? 0;
  const newest = [...rows].sort((a, b) => started(b) - started(a));
  const sorted = sort ? newest.sort((a, b) => order(a, b, sort)) : newest;
  return starredFirst ? sorted.sort((a, b) => Number(b.starred) - Number(a.starred)) : sorted;
}

function order(a: CompareRow, b: CompareRow, { column, descending }: SavedSort): number {
  const [one, other] = [a.cells[column], b.cells[column]];
  if (one === undefined || other === undefined)
    return Number(one === undefined) - Number(other === undefined);
  const [first, second] = [numberOf(one), numberOf(other)];
  if ((first === undefined) !== (second === undefined))
    return Number(first === undefined) - Number(second === undefined);
  const by =
    first !== undefined && second !== undefined
      ? first - second
      : collator.compare(plainOf(one), plainOf(other));
  return descending ? -by : by;
}
