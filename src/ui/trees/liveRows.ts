import type { Row } from './row';

/** A row with those below it, as they are now. */
export interface LiveRow {
  readonly row: Row;
  readonly below: readonly LiveRow[];
}

/** A row as the editor drew it last. */
interface Drawn {
  /** Unix milliseconds. */
  readonly at: number;
  readonly shape: string;
  readonly figures: string;
  /** The ids of those below it; absent while it is folded up: then nobody asked for them. */
  below?: string;
}

/** Milliseconds between two drawings of the figures of a row that has others unfolded below it. */
export const unfoldedRedraw = 30_000;

/**
 * Which rows have to be drawn again. From the moment in which the editor draws a row until it has asked for all below it again, it does
 * not know which of those a button belongs to, and the command that is pressed has to ask. So each row is drawn by itself, and one
 * that is unfolded at once only where more than its figures is new: the rows below it tell those to the second.
 */
export class LiveRows {
  private readonly drawn = new Map<string, Drawn>();

  /** The editor draws this row, at `now` in unix milliseconds. */
  draw(row: Row, now: number): void {
    this.drawn.set(row.id, { at: now, shape: shapeOf(row), figures: figuresOf(row) });
  }

  /** The editor has asked for what is below the row `id`. */
  unfold(id: string, below: readonly Row[]): void {
    const drawn = this.drawn.get(id);
    if (drawn) drawn.below = idsOf(below);
  }

  /** Nobody sees what is below it any more. */
  fold(id: string): void {
    const drawn = this.drawn.get(id);
    if (drawn) delete drawn.below;
  }

  /** The editor asks for all again. */
  forget(): void {
    this.drawn.clear();
  }

  /** The ids of the rows to draw; `later` where one of them is to be drawn, but not yet. */
  changed(live: LiveRow, now: number): { readonly ids: readonly string[]; readonly later: boolean } {
    const { row, below } = live;
    const drawn = this.drawn.get(row.id);
    if (!drawn) return { ids: [], later: false };
    const isUnfolded = drawn.below !== undefined;
    if (drawn.shape !== shapeOf(row) || (isUnfolded && drawn.below !== idsOf(below.map((one) => one.row))))
      return { ids: [row.id], later: false };
    const moved = drawn.figures !== figuresOf(row);
    const free = !isUnfolded || below.length === 0;
    if (moved && (free || now - drawn.at >= unfoldedRedraw)) return { ids: [row.id], later: false };
    const rest = isUnfolded ? below.map((one) => this.changed(one, now)) : [];
    return { ids: rest.flatMap(({ ids }) => ids), later: moved || rest.some(({ later }) => later) };
  }
}

/** All but the figures: a new word is worth a drawing. */
function shapeOf(row: Row): string {
  return JSON.stringify({
    ...row,
    description: row.description?.replaceAll(/\d+(\.\d+)?/g, '#'),
    tooltip: undefined,
  });
}

function figuresOf({ description, tooltip }: Row): string {
  return JSON.stringify([description, tooltip]);
}

function idsOf(rows: readonly Row[]): string {
  return JSON.stringify(rows.map(({ id }) => id));
}
