import { Signal } from './signal';

/** Where the cursor of all charts is: on a chart over time only the time is known, the others find their step by it. */
export interface Moment {
  readonly t: number | null;
  readonly step: number | null;
}

/** The cursor that all charts of a page share. One of them leads: the one that was moved in last. */
class SharedCursor {
  moment: Moment | null = null;
  readonly moved = new Signal<object | undefined>();
  private leader: object | undefined;

  lead(chart: object): void {
    this.leader = chart;
  }

  leads(chart: object): boolean {
    return this.leader === chart;
  }

  /** Only what comes from the leading chart counts: the others' cursors move because it moved. */
  move(chart: object, moment: Moment | null): void {
    if (this.leader !== chart) return;
    this.moment = moment;
    this.moved.tell(chart);
  }

  leave(chart: object): void {
    this.move(chart, null);
    if (this.leader === chart) this.leader = undefined;
  }
}

export const sharedCursor = new SharedCursor();
