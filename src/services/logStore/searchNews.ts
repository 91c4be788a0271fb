import type { LogQuery } from '../../core/logQuery';

/** What a search thread is asked: the query once, then pieces, one at a time. */
export type SearchOrder =
  | { readonly kind: 'query'; readonly query: LogQuery }
  /** Whole lines: bytes `from` to `to` of a log. */
  | { readonly kind: 'piece'; readonly path: string; readonly from: number; readonly to: number };

/** Offsets in the log, each in a line that matches, in order. */
export interface SearchNews {
  readonly hits: Float64Array<ArrayBuffer>;
}
