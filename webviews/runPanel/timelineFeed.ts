import { readTimeline } from '../../src/protocol/runPanel';
import type { TimelineView } from '../../src/protocol/runPanel';
import type { ChartMark } from '../shared/chartMarks';
import { ask } from '../shared/host';
import { oneAtATime } from '../shared/oneAtATime';
import { Signal } from '../shared/signal';
import { messageOf, run } from './runModel';

/** Shortest time between two looks, in milliseconds: phases take longer than that to be told apart. */
const pause = 1000;

/** The job's timeline for all that show it, read again at most once a second and only while somebody watches. */
class TimelineFeed {
  view: TimelineView | null | undefined;
  problem: string | undefined;
  private readonly changed = new Signal();
  private watchers = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopListening: (() => void)[] = [];

  /** Calls `listener` when the timeline has changed. The result ends it. */
  watch(listener: () => void): () => void {
    const leave = this.changed.on(listener);
    this.watchers += 1;
    if (this.watchers === 1) {
      this.stopListening = [run.metricsGrew.on(this.stir), run.changed.on(this.stir)];
      this.load();
    }
    return () => {
      leave();
      this.watchers -= 1;
      if (this.watchers > 0) return;
      for (const stop of this.stopListening.splice(0)) stop();
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  }

  private readonly stir = (): void => {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.load();
    }, pause);
  };

  private readonly load = oneAtATime(
    async () => {
      try {
        this.view = await ask(readTimeline, undefined);
        this.problem = undefined;
      } catch (error) {
        this.problem = messageOf(error);
      }
      this.changed.tell();
    },
    () => this.watchers > 0,
  );
}

export const timeline = new TimelineFeed();

/** What charts mark of it: its marks, and where `setup` and `run` began. */
export function marksOf(view: TimelineView | null | undefined): readonly ChartMark[] {
  if (!view) return [];
  const restarts = view.marks.filter(({ kind }) => kind === 'restart').map(({ t }) => t);
  const begun = view.spans.flatMap(({ kind, from }): ChartMark[] =>
    (kind === 'setup' || kind === 'run') && !restarts.includes(from)
      ? [{ kind, label: `${kind} begins`, t: from }]
      : [],
  );
  return [...begun, ...view.marks];
}
