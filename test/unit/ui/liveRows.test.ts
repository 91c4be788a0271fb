import { beforeEach, describe, expect, test } from 'vitest';
import { LiveRows, unfoldedRedraw, type LiveRow } from '../../../src/ui/trees/liveRows';
import type { Row } from '../../../src/ui/trees/row';

const at = 1_800_000_000_000;

function leaf(id: string, description: string, rest: Partial<Row> = {}): LiveRow {
  return { row: { id, label: id, description, ...rest }, below: [] };
}

/** A machine with a GPU and a group of two jobs. */
function machine({ line = 'GPU 10 %', gpu = '10 %', jobs = ['a', 'b'], icon = 'vm' } = {}): LiveRow {
  return {
    row: { id: 'machine', label: 'gpu-1', description: line, icon: { id: icon } },
    below: [
      leaf('gpu', gpu),
      { row: { id: 'jobs', label: 'Jobs' }, below: jobs.map((id) => leaf(id, 'running')) },
    ],
  };
}

let rows: LiveRows;
beforeEach(() => {
  rows = new LiveRows();
});

/** As the editor does it: a row, and where it is unfolded what is below. */
function draw({ row, below }: LiveRow, unfolded: readonly string[]): void {
  rows.draw(row, at);
  if (!unfolded.includes(row.id)) return;
  rows.unfold(
    row.id,
    below.map((one) => one.row),
  );
  for (const one of below) draw(one, unfolded);
}

describe('rows that live', () => {
  test('are not drawn before the editor has asked for them, nor where nothing is new', () => {
    expect(rows.changed(machine(), at)).toEqual({ ids: [], later: false });
    draw(machine(), ['machine', 'jobs']);
    expect(rows.changed(machine(), at + unfoldedRedraw)).toEqual({ ids: [], later: false });
  });

  test('are drawn at once where nothing is unfolded below them', () => {
    draw(machine(), []);
    expect(rows.changed(machine({ line: 'GPU 90 %', gpu: '90 %' }), at)).toEqual({
      ids: ['machine'],
      later: false,
    });
  });

  test('leave one that is unfolded alone for a while, and draw those below it that have new figures', () => {
    draw(machine(), ['machine']);
    const now = machine({ line: 'GPU 90 %', gpu: '90 %' });
    expect(rows.changed(now, at + unfoldedRedraw - 1)).toEqual({ ids: ['gpu'], later: true });
    expect(rows.changed(now, at + unfoldedRedraw)).toEqual({ ids: ['machine'], later: false });
  });

  test('draw one that is unfolded at once where it looks different, or rows came or went below it', () => {
    draw(machine(), ['machine', 'jobs']);
    expect(rows.changed(machine({ icon: 'debug-disconnect' }), at).ids).toEqual(['machine']);
    expect(rows.changed(machine({ line: 'GPU 10 % · stops 18:40' }), at).ids).toEqual(['machine']);
    expect(rows.changed(machine({ jobs: ['a'] }), at).ids).toEqual(['jobs']);
    const { row, below } = machine();
    expect(rows.changed({ row, below: below.slice(1) }, at).ids).toEqual(['machine']);
  });

  test('do not care what happens below one that is folded up', () => {
    draw(machine(), ['machine']);
    expect(rows.changed(machine({ jobs: ['a', 'b', 'c'] }), at).ids).toEqual([]);
  });

  test('that were folded up are drawn as such from then on', () => {
    draw(machine(), ['machine']);
    rows.fold('machine');
    expect(rows.changed(machine({ line: 'GPU 90 %', gpu: '90 %' }), at).ids).toEqual(['machine']);
  });

  test('are all forgotten when the editor asks for everything again', () => {
    draw(machine(), ['machine']);
    rows.forget();
    expect(rows.changed(machine({ line: 'GPU 90 %' }), at + unfoldedRedraw).ids).toEqual([]);
  });
});
