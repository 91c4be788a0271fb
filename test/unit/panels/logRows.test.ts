import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogIndex } from '../../../src/ui/panels/logIndex';
import { LogRows } from '../../../src/ui/panels/logRows';
import type { PlacedLine, PlacedLog } from '../../../src/ui/panels/logRows';

/** A log that grows when the test says so, and counts what is read of it. */
class GrowingLog implements PlacedLog<PlacedLine> {
  readonly all: PlacedLine[] = [];
  ended = false;
  linesRead = 0;

  lineCount(): number {
    return this.all.length;
  }

  lines(from: number, count: number): Promise<readonly PlacedLine[]> {
    const found = this.all.slice(from, from + count);
    this.linesRead += found.length;
    return Promise.resolve(found);
  }

  write(text: string, node = 0): this {
    const number = this.all.filter((line) => line.node === node).length;
    this.all.push({
      node,
      number,
      text,
      t: this.all.length * 10,
      telemetry: text.startsWith('##trainyard {'),
    });
    return this;
  }
}

const ignore = () => undefined;

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
          expect(index.runs(row, 1)).toEqual([{ first: place, count: 1 }]);
        }
      }),
    );
  });

  test('gives for a line that is not shown the row of the next one, and for what is beyond the last', () => {
    const index = new LogIndex();
    for (const [first, count] of [
      [2, 2],
      [6, 1],
    ] as const)
      index.append(first, count);
    expect([0, 4, 5, 6, 99].map((place) => index.rowOf(place))).toEqual([0, 2, 2, 2, 2]);
    expect(new LogIndex().rowOf(5)).toBe(0);
  });
});

describe('the rows of a log', () => {
  test('leave telemetry lines out, and have all others in order', async () => {
    const log = new GrowingLog()
      .write('a')
      .write('##trainyard {"v":1}')
      .write('b')
      .write('##trainyard {"v":1}');
    const rows = new LogRows(log, false, ignore);
    await rows.update();
    expect(rows.count).toBe(2);
    expect((await rows.read(0, 10)).map(({ text }) => text)).toEqual(['a', 'b']);
  });

  test('are there without reading the log where nothing is left out', async () => {
    const log = new GrowingLog().write('a').write('##trainyard {"v":1}');
    const rows = new LogRows(log, true, ignore);
    await rows.begin();
    expect(rows.count).toBe(2);
    expect(log.linesRead).toBe(0);
  });

  test('grow with the log, and read only what is new', async () => {
    const log = new GrowingLog();
    for (let i = 0; i < 5000; i++) log.write(`line ${i}`);
    const rows = new LogRows(log, false, ignore);
    await rows.update();
    log.linesRead = 0;
    log.write('new');
    await rows.update();
    expect(rows.count).toBe(5001);
    expect(log.linesRead).toBe(1);
  });

  test('wait for a line that may yet become telemetry, until it is decided', async () => {
    const log = new GrowingLog().write('a').write('##train');
    const rows = new LogRows(log, false, ignore);
    await rows.update();
    expect(rows.count).toBe(1);
    log.all[1] = { node: 0, number: 1, text: '##trainyard {"v":1}', telemetry: true };
    log.write('b');
    await rows.update();
    expect((await rows.read(0, 9)).map(({ text }) => text)).toEqual(['a', 'b']);
  });

  test('show a torn telemetry line once nothing more will come', async () => {
    const log = new GrowingLog().write('##trainyard {"v"');
    log.all[0] = { node: 0, number: 0, text: '##trainyard {"v"', telemetry: false };
    log.ended = true;
    const rows = new LogRows(log, false, ignore);
    await rows.update();
    expect(rows.count).toBe(1);
    expect(rows.ended).toBe(true);
  });

  test('of a long log come as it is read', async () => {
    const log = new GrowingLog();
    for (let i = 0; i < 9000; i++) log.write(`line ${i}`);
    const counts: number[] = [];
    const rows = new LogRows<PlacedLine>(log, false, (): void => void counts.push(rows.count));
    await rows.begin();
    expect(rows.count).toBeGreaterThan(0);
    await rows.update();
    expect(counts).toEqual([2000, 4000, 6000, 8000, 9000]);
  });

  test('lead to a line among those of other nodes', async () => {
    const log = new GrowingLog();
    for (let i = 0; i < 6000; i++) log.write(i % 5 === 0 ? '##trainyard {"v":1}' : `line ${i}`, i % 3);
    const rows = new LogRows(log, false, ignore);
    const wanted = log.all[4321];
    expect(wanted?.telemetry).toBe(false);
    const row = await rows.find({ node: wanted?.node ?? 0, number: wanted?.number ?? 0 }, wanted?.t);
    expect((await rows.read(row, 1))[0]).toBe(wanted);
  });

  test('of a log that cannot be read say so to whoever asks', async () => {
    const log = new GrowingLog().write('a');
    log.lines = () => Promise.reject(new Error('no permission'));
    await expect(new LogRows(log, false, ignore).begin()).rejects.toThrow('no permission');
  });
});
