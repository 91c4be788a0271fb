import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Buckets, gridOf } from '../../../src/core/diagnosis/buckets';
import { diagnose } from '../../../src/core/diagnosis/diagnose';
import { aRun, start, type NodeCurves } from './aRun';

const any = fc.oneof(
  fc.constantFrom(NaN, 0, -1, 100, 1e150, -1e150, Infinity, undefined),
  fc.double({ min: 0, max: 100 }),
);
const missing = fc.constantFrom(NaN, undefined);
const node = (value: typeof any): fc.Arbitrary<NodeCurves> =>
  fc.record({
    cpu: value,
    core: value,
    iowait: value,
    netIn: value,
    netOut: value,
    mem: value,
    gpuMem: value,
    gpus: fc.array(value, { maxLength: 4 }),
    cores: fc.integer({ min: 0, max: 4096 }),
  });
const when = fc.record({
  minutes: fc.integer({ min: 0, max: 40 }),
  ended: fc.boolean(),
  until: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  firstMetric: fc.integer({ min: 0, max: 4_102_444_800_000 }),
});
const marks = fc.array(
  fc.record({
    t: fc.integer({ min: start - 100_000, max: start + 3_000_000 }),
    node: fc.integer({ min: 0, max: 3 }),
    phase: fc.constantFrom('setup', 'run', 'checkpoint', '__proto__'),
    state: fc.constantFrom('start' as const, 'end' as const),
  }),
  { maxLength: 20 },
);

test('whatever a run says, a diagnosis comes and has no NaN in its words', () => {
  fc.assert(
    fc.property(fc.array(node(any), { maxLength: 4 }), when, marks, (nodes, time, phases) => {
      const { findings } = diagnose(aRun(nodes, { ...time, phases }));
      expect(JSON.stringify(findings)).not.toMatch(/NaN|Infinity|undefined/);
    }),
  );
});

test('where nothing was measured nothing is found', () => {
  fc.assert(
    fc.property(fc.array(node(missing), { maxLength: 4 }), when, marks, (nodes, time, phases) => {
      expect(diagnose(aRun(nodes, { ...time, phases }))).toEqual({ findings: [] });
    }),
  );
});

test('any points go into buckets and come out on a grid', () => {
  const point = fc.tuple(fc.double({ min: 0, max: 4e12 }), fc.double());
  fc.assert(
    fc.property(fc.array(point, { maxLength: 200 }), (points) => {
      const buckets = new Buckets();
      for (const [t, value] of points.toSorted(([a], [b]) => a - b)) buckets.add(t, value);
      const grid = gridOf([buckets]);
      expect(buckets.column(grid)).toHaveLength(grid.count);
      expect(grid.count).toBeLessThanOrEqual(2048);
    }),
  );
});
