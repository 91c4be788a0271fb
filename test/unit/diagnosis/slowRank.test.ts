import { expect, test } from 'vitest';
import { diagnose } from '../../../src/core/diagnosis/diagnose';
import type { StepTimes } from '../../../src/core/diagnosis/runHistory';
import { aRun, start } from './aRun';

interface Ranks {
  readonly node?: number;
  readonly rank?: number;
  /** Seconds. */
  readonly step: number;
  readonly late?: number;
}

/** Ten minutes of steps. */
function steps(...ranks: Ranks[]): StepTimes[] {
  return ranks.map(({ node = 0, rank, step, late = 0 }) => {
    const count = Math.floor(600 / step);
    return {
      node,
      ...(rank !== undefined && { rank }),
      t: new Float64Array(count).map((_, i) => start + (i * step + late) * 1000),
      step: new Float64Array(count).map((_, i) => i),
    };
  });
}

const found = (of: readonly StepTimes[], more = {}) =>
  diagnose(aRun([{}, {}], { steps: of, ...more })).findings.map(({ title }) => title);

test.each<[string, readonly StepTimes[], readonly string[]]>([
  [
    'one that takes longer for its steps',
    steps({ rank: 0, step: 2 }, { rank: 1, step: 2.5 }, { rank: 2, step: 2 }),
    ['One slow rank: rank 1, 2.5 s a step, the others 2.0 s for 10 m'],
  ],
  [
    'a node where there are no ranks',
    steps({ node: 0, step: 1 }, { node: 1, step: 2 }),
    ['One slow rank: node 1, 2.0 s a step, the others 1.0 s for 10 m'],
  ],
  ['one within 20 %', steps({ rank: 0, step: 2 }, { rank: 1, step: 2.38 }), []],
  ['two that are slow of three', steps({ rank: 0, step: 2 }, { rank: 1, step: 3 }, { rank: 2, step: 3 }), []],
  [
    'one that is last in each step',
    steps({ rank: 0, step: 2 }, { rank: 1, step: 2, late: 0.6 }, { rank: 2, step: 2, late: 0.05 }),
    ['One slow rank: rank 1, each step comes 550 ms after the others’ for 10 m'],
  ],
  ['one that is last by little', steps({ rank: 0, step: 2 }, { rank: 1, step: 2, late: 0.3 }), []],
  ['clocks of two nodes that differ', steps({ node: 0, step: 2 }, { node: 1, step: 2, late: 1.5 }), []],
  ['too few steps', steps({ rank: 0, step: 31 }, { rank: 1, step: 60 }), []],
  ['a rank alone', steps({ rank: 0, step: 2 }), []],
])('%s', (_, of, titles) => {
  expect(found(of)).toEqual(titles);
});

test('steps of the warm-up do not count', () => {
  const of = steps({ rank: 0, step: 2 }, { rank: 1, step: 3 });
  const phases = [{ t: start + 9.5 * 60_000, node: 0, phase: 'setup', state: 'end' }];
  expect(found(of, { phases })).toEqual([]);
  expect(found(of)).toHaveLength(1);
});

test('steps that a live run told long ago say nothing about now', () => {
  const of = steps({ rank: 0, step: 2 }, { rank: 1, step: 3 });
  expect(found(of, { ended: false })).toHaveLength(1);
  const gone = of.map((one) => ({ ...one, t: one.t.filter((t) => t < start + 8 * 60_000) }));
  expect(found(gone, { ended: false })).toEqual([]);
});

test('steps that came with the same time, as lines without their own have it, are no delay', () => {
  const of = steps({ rank: 0, step: 1 }, { rank: 1, step: 1, late: 0.4 });
  const coarse = of.map((one) => ({ ...one, t: one.t.map((t) => Math.ceil(t / 10_000) * 10_000) }));
  expect(found(coarse)).toEqual([]);
});
