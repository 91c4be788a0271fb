import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { everyLine, type LineFilter } from '../../../src/core/lineClass';
import type { LogLine } from '../../../src/core/logLine';
import { LogIndex } from '../../../src/ui/panels/runPanel/logIndex';
import { LogRows, type RowSource } from '../../../src/ui/panels/runPanel/logRows';
import { RowMarks } from '../../../src/ui/panels/runPanel/rowMarks';
import { Uint32List } from '../../../src/lib/uint32List';

/** A log that grows when the test says so, and counts what is read of it. */
class GrowingLog implements RowSource {
  readonly all: LogLine[] = [];
  /** Of the last lines, how many are still being written. */
  torn = 0;
  ended = false;
  caughtUp = true;
  linesRead = 0;
  linesLookedAt = 0;

  lineCount(): number {
    return this.all.length;
  }

  wholeCount(): number {
    return this.all.length - this.torn;
  }

  lines(from: number, count: number): Promise<readonly LogLine[]> {
    const found = this.all.slice(from, from + count);
    this.linesRead += found.length;
    return Promise.resolve(found);
  }

  select(filter: LineFilter, from: number, to: number, each: (first: number, count: number) => void): void {
    for (let place = from; place < Math.min(to, this.all.length); place++) {
      this.linesLookedAt += 1;
      if (filter.telemetry || this.all[place]?.telemetry === false) each(place, 1);
    }
  }

  placeOf(node: number, line: number): number {
    const found = this.all.findIndex((one) => one.node === node && one.number === line);
    return found < 0 ? this.all.length : found;
  }

  placeAt(t: number): number {
    const found = this.all.findIndex((line) => (line.t ?? 0) >= t);
    return found < 0 ? this.all.length : found;
  }

  write(text: string, node = 0): this {
    const number = this.all.filter((line) => line.node === node).length;
    const telemetry = text.startsWith('##trainyard {');
    this.all.push({ node, number, text, t: this.all.length * 10, truncated: false, telemetry });
    return this;
  }
}

const ignore = () => undefined;
const plain: LineFilter = { ...everyLine, telemetry: false };
const texts = async (rows: LogRows) => (await rows.read(0, 1000)).map(({ text }) => text);

describe('an index of shown lines', () => {
  test('finds the line of each row, and the row of each line', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (shown) => {
        const index = new LogIndex();
        const places = shown.flatMap((yes, place) => (yes ? [place] : []));
        for (const place of places) index.append(place, 1);
        expect(index.rows).toBe(places.length);
        const listed = index
          .runs(0, 1000)
          .flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i));
        expect(listed).toEqual(places);
        for (const [row, place] of places.entries()) {
          expect(index.rowOf(place)).toBe(row);
          expect(index.has(place)).toBe(true);
          expect(index.runs(row, 1)).toEqual([{ first: place, count: 1 }]);
        }
      }),
    );
  });

  test('gives for a line that is not shown the row of the next one, and behind the last their number', () => {
    const index = new LogIndex();
    for (const [first, count] of [
      [2, 2],
      [6, 1],
    ] as const)
      index.append(first, count);
    expect([0, 4, 5, 6, 99].map((place) => index.rowOf(place))).toEqual([0, 2, 2, 2, 3]);
    expect([1, 2, 4, 6, 7].map((place) => index.has(place))).toEqual([false, true, false, true, false]);
    expect(new LogIndex().rowOf(5)).toBe(0);
  });
});

describe('the rows of a log', () => {
  test('leave out what the filter does not let through, and have all others in order', async () => {
    const log = new GrowingLog()
      .write('a')
      .write('##trainyard {"v":1}')
      .write('b')
      .write('##trainyard {"v":1}');
    const rows = new LogRows(log, plain, ignore);
    rows.update();
    expect(rows.count).toBe(2);
    expect(await texts(rows)).toEqual(['a', 'b']);
  });

  test('are there without looking at the lines where nothing is left out', () => {
    const log = new GrowingLog().write('a').write('##trainyard {"v":1}');
    const rows = new LogRows(log, everyLine, ignore);
    rows.update();
    expect(rows.count).toBe(2);
    expect([log.linesRead, log.linesLookedAt]).toEqual([0, 0]);
  });

  test('grow with the log, and only what is new is looked at', () => {
    const log = new GrowingLog();
    for (let i = 0; i < 5000; i++) log.write(`line ${i}`);
    const rows = new LogRows(log, plain, ignore);
    rows.update();
    log.linesLookedAt = 0;
    log.write('new');
    rows.update();
    expect(rows.count).toBe(5001);
    expect(log.linesLookedAt).toBe(1);
    expect(log.linesRead).toBe(0);
  });

  test('end with those that are still being written, where the filter lets them through', async () => {
    const log = new GrowingLog()
      .write('a')
      .write('##trainyard {"v":1}')
      .write(' 10%')
      .write('##trainyard {', 1);
    log.torn = 2;
    const rows = new LogRows(log, plain, ignore);
    rows.update();
    expect([rows.count, rows.whole]).toEqual([2, 1]);
    expect(await texts(rows)).toEqual(['a', ' 10%']);
    log.torn = 0;
    rows.update();
    expect([rows.count, rows.whole]).toEqual([2, 2]);
  });

  test('of a long log come in parts, between which others have their turn', async () => {
    const log = new GrowingLog();
    const line = { node: 0, number: 0, text: '', truncated: false, telemetry: false };
    for (let i = 0; i < 900_000; i++) log.all.push(line);
    const counts: number[] = [];
    const finished = new Promise<void>((resolve) => {
      const rows = new LogRows(log, plain, () => {
        counts.push(rows.count);
        if (!rows.reading) resolve();
      });
      rows.update();
      expect(rows.count).toBe(200_000);
      expect(rows.reading).toBe(true);
      expect(rows.ended).toBe(false);
    });
    await finished;
    expect(counts).toEqual([400_000, 600_000, 800_000, 900_000, 900_000]);
  });

  test('lead to a line among those of other nodes, and to a time', async () => {
    const log = new GrowingLog();
    for (let i = 0; i < 600; i++) log.write(i % 5 === 0 ? '##trainyard {"v":1}' : `line ${i}`, i % 3);
    const rows = new LogRows(log, plain, ignore);
    rows.update();
    const wanted = log.all[432];
    if (!wanted) throw new Error('no such line');
    expect((await rows.read(rows.rowOf(wanted.node, wanted.number), 1))[0]).toBe(wanted);
    expect((await rows.read(rows.rowAtTime(4320), 1))[0]).toBe(wanted);
    expect(rows.exactRowOf(wanted.node, wanted.number)).toBe(rows.rowOf(wanted.node, wanted.number));
    // One that is not shown has no row of its own, but a next one.
    expect(rows.exactRowOf(0, 0)).toBe(-1);
    expect(rows.rowOf(0, 0)).toBe(0);
    expect(rows.rowAtTime(1e9)).toBe(rows.count - 1);
  });

  test('of a log that cannot be read say so to whoever asks', async () => {
    const log = new GrowingLog().write('a');
    log.lines = () => Promise.reject(new Error('no permission'));
    await expect(new LogRows(log, everyLine, ignore).read(0, 1)).rejects.toThrow('no permission');
  });
});

describe('the marks beside the scroll bar', () => {
  function marked(lines: readonly number[]): { marks: RowMarks; log: GrowingLog; rows: LogRows } {
    const log = new GrowingLog();
    for (let i = 0; i < 100; i++) log.write(i % 2 === 0 ? '##trainyard {"v":1}' : `line ${i}`);
    const rows = new LogRows(log, plain, ignore);
    rows.update();
    const marks = new RowMarks(rows);
    marks.update(new Map([[0, listOf(lines)]]));
    return { marks, log, rows };
  }

  const listOf = (values: readonly number[]) => {
    const list = new Uint32List();
    for (const value of values) list.push(value);
    return list;
  };

  test('stand where the lines are shown; lines that are not shown have none', () => {
    const { marks } = marked([1, 2, 51, 99]);
    expect(marks.count).toBe(3);
    expect([...marks.strip(10)]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  test('lead to the next one in each direction, and round the end', () => {
    const { marks } = marked([11, 51, 99]);
    expect(marks.next(-1, 1)).toEqual({ row: 5, index: 0 });
    expect(marks.next(5, 1)).toEqual({ row: 25, index: 1 });
    expect(marks.next(49, 1)).toEqual({ row: 5, index: 0 });
    expect(marks.next(25, -1)).toEqual({ row: 5, index: 0 });
    expect(marks.next(5, -1)).toEqual({ row: 49, index: 2 });
    expect(marked([]).marks.next(3, 1)).toBeNull();
  });

  test('are looked for again when lines come', () => {
    const { marks, log, rows } = marked([11]);
    log.write('line 100');
    rows.update();
    marks.update(new Map([[0, listOf([11, 100])]]));
    expect(marks.next(40, 1)).toEqual({ row: 50, index: 1 });
  });

  test('of a list that grows are looked for only where they are new, and once their rows are known', () => {
    const { log, rows } = marked([]);
    const [list, other] = [listOf([11]), listOf([])];
    const lines = new Map([
      [0, list],
      [1, other],
    ]);
    const marks = new RowMarks(rows);
    marks.update(lines);
    log.write('of another node', 1).write('line 100');
    list.push(100);
    other.push(0);
    marks.update(lines);
    expect(marks.count).toBe(1);
    rows.update();
    marks.update(lines);
    // In order, whichever node was looked at first.
    expect([marks.next(-1, 1)?.row, marks.next(5, 1)?.row, marks.next(50, 1)?.row]).toEqual([5, 50, 51]);
    expect(marks.count).toBe(3);
  });
});
