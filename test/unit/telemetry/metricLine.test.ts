import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMetricLine } from '../../../src/core/metricLine';

const cases: readonly (readonly [string, readonly (readonly [string, number])[], (number | undefined)?])[] = [
  ['{"loss": 0.3, "step": 5}', [['loss', 0.3]], 5],
  ['  {"loss":0.3}  ', [['loss', 0.3]]],
  ['{"loss": 0.3, "epoch": 2, "global_step": 40}', [['loss', 0.3]], 40],
  ['{"loss": 0.3, "epoch": 1.5}', [['loss', 0.3]], 1.5],
  ['{"loss": NaN, "accuracy": 0.5, "lr": -Infinity}', [['accuracy', 0.5]]],
  ['{"level": 30, "time": 1700000000, "pid": 7, "msg": "x", "loss": 1}', [['loss', 1]]],
  [
    "{'loss': 0.69, 'grad_norm': nan, 'learning_rate': 5e-05, 'epoch': 0.1}",
    [
      ['loss', 0.69],
      ['learning_rate', 5e-5],
    ],
    0.1,
  ],
  ['{"text": "loss: NaN", "loss": 1, "ok": true, "nested": {"a": 1}}', [['loss', 1]]],
  ['{"__proto__": 3}', [['__proto__', 3]]],
];

test.each(cases.map(([line, metrics, step]) => ({ line, metrics, step })))(
  '$line',
  ({ line, metrics, step }) => {
    expect(parseMetricLine(line)).toEqual({ kind: 'metric', metrics, ...(step !== undefined && { step }) });
  },
);

test.each<string>([
  'loss 0.3',
  '{"step": 5}',
  '{"msg": "hello"}',
  '[1, 2]',
  '{"loss": 0.3',
  '{"loss": "0.3"}',
  "{'a': 'it''s', 'loss': 1}",
  '{}',
  `{"loss": 1, "pad": "${'x'.repeat(20_000)}"}`,
])('%s holds no metrics', (line: string) => {
  expect(parseMetricLine(line)).toBeUndefined();
});

test('a rank is kept', () => {
  expect(parseMetricLine('{"loss": 1, "rank": 3}')).toMatchObject({ rank: 3 });
  expect(parseMetricLine('{"loss": 1, "rank": -3}')).not.toHaveProperty('rank');
});

test('it never throws and gives only finite numbers', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `{'${text}': nan}`),
      ),
      (line) => {
        for (const [, value] of parseMetricLine(line)?.metrics ?? [])
          expect(Number.isFinite(value)).toBe(true);
      },
    ),
  );
});
