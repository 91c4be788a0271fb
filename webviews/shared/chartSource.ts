import type { ChartData, ChartRequest, ChartsView } from '../../src/protocol/runPanel';
import type { ChartMark } from './chartMarks';
import type { Signal } from './signal';

/** Where a panel's charts come from, and what they are of. */
export interface ChartSource {
  list(): Promise<ChartsView>;
  read(request: ChartRequest): Promise<ChartData>;
  /** There is more; with how many series there are, so that charts are listed again only when one is new. */
  readonly grew: Signal<{ series: number }>;
  /** When what is measured began, in unix milliseconds; `Infinity` where that means nothing. */
  start(): number;
  /** Whether lines are of several nodes, of which one can be chosen. */
  hasNodes(): boolean;
  marks(): readonly ChartMark[];
  /** Calls `listener` when the marks have changed. The result ends it. */
  watchMarks(listener: () => void): () => void;
}
