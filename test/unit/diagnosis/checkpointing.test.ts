import { expect, test } from 'vitest';
import { diagnose } from '../../../src/core/diagnosis/diagnose';
import type { Phase } from '../../../src/core/diagnosis/runHistory';
import { aRun, start, type Curve } from './aRun';

const minute = 60_000;
/** Every ten minutes the GPU stands still for so many seconds. */
const pauses =
  (seconds: number): Curve =>
  (done) =>
    Math.round(done * 3600) % 600 < seconds ? 2 : 95;
const marks = (state: Phase['state'] | undefined, seconds = 0, node = 0): Phase[] =>
  [10, 20, 30, 40, 50].map((at) => ({
    t: start + at * minute + seconds * 1000,
    node,
    phase: 'checkpoint',
    ...(state && { state }),
  }));
const during = (gpu: Curve, phases: readonly Phase[], more = {}) =>
  diagnose(aRun([{ gpus: [gpu], ...more }], { minutes: 60, phases })).findings.map(({ title }) => title);

test('time with low use around checkpoints is told with its share', () => {
  const told = 'Slow checkpoints: GPU 80 %, idle around 5 checkpoints 14 % of the time for 1 h';
  expect(during(pauses(100), marks(undefined, 95))).toEqual([told]);
  expect(during(pauses(100), [...marks('start', 0), ...marks('end', 100)])).toEqual([told]);
});

test.each<[string, Curve, readonly Phase[]]>([
  ['short ones', pauses(50), marks(undefined, 40)],
  ['ones that are saved while the GPU works', 95, marks('start').concat(marks('end', 100))],
  ['only one', pauses(100), marks(undefined).slice(0, 1)],
  ['none, whatever pauses there are', pauses(100), []],
  ['ones elsewhere than the pauses', pauses(100), marks(undefined, 300)],
  ['a GPU that is low all of the time', 10, marks(undefined)],
])('%s are no finding', (_, gpu, phases) => {
  expect(during(gpu, phases, { gpuMem: 0.9 })).toEqual([]);
});

test('checkpoints come before what else fits', () => {
  const busy = { iowait: 80, cpu: 5 };
  expect(during(pauses(100), marks(undefined, 90), busy)[0]).toContain('Slow checkpoints');
  expect(during(10, marks(undefined, 90), busy)[0]).toContain('IO-bound');
});

test('nodes without checkpoints of their own wait for those of another', () => {
  const run = aRun([{ gpus: [pauses(100)] }, { gpus: [pauses(100)] }], {
    minutes: 60,
    phases: marks(undefined, 90, 1),
  });
  expect(diagnose(run).findings.map(({ title }) => title)).toEqual([
    expect.stringContaining('on all 2 nodes'),
  ]);
});
