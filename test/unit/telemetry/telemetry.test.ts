import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRecord, parseTelemetry } from '../../../src/core/telemetry';

const line = (record: unknown) => `##trainyard ${JSON.stringify(record)}`;

test('each kind of record is read', () => {
  expect(
    parseTelemetry(line({ v: 1, t: 5, node: 1, kind: 'phase', phase: 'setup', state: 'start' })),
  ).toEqual({
    kind: 'phase',
    t: 5,
    node: 1,
    phase: 'setup',
    state: 'start',
  });
  expect(
    parseTelemetry(line({ v: 1, t: 5, node: 0, kind: 'host', cpu: 50, cores: [40, 60], logBytes: 9 })),
  ).toEqual({
    kind: 'host',
    t: 5,
    node: 0,
    values: { cpu: 50 },
    cores: [40, 60],
    logBytes: 9,
  });
  expect(parseTelemetry(line({ kind: 'gpu', gpu: 3, name: 'H100', util: 0, temp: null }))).toEqual({
    kind: 'gpu',
    gpu: 3,
    name: 'H100',
    values: { util: 0 },
  });
  expect(parseTelemetry(line({ kind: 'metric', metrics: { loss: 0.5, acc: 1 }, epoch: 2, rank: 1 }))).toEqual(
    {
      kind: 'metric',
      metrics: [
        ['loss', 0.5],
        ['acc', 1],
      ],
      step: 2,
      rank: 1,
    },
  );
  expect(parseTelemetry(line({ kind: 'metric', name: 'loss', value: -1, step: 0, epoch: 4 }))).toEqual({
    kind: 'metric',
    metrics: [['loss', -1]],
    step: 0,
  });
  expect(parseTelemetry(line({ kind: 'guard', rule: 'idle_gpu', action: 'warn', reason: 'idle' }))).toEqual({
    kind: 'guard',
    rule: 'idle_gpu',
    action: 'warn',
    reason: 'idle',
  });
});

test("the launcher's exit record is read as a line and as the exit file, padded with spaces", () => {
  const exit = {
    v: 1,
    t: 9,
    node: 0,
    kind: 'exit',
    code: 137,
    signal: 'SIGKILL',
    reason: 'killed',
    phaseAt: 'run',
  };
  const expected = {
    kind: 'exit',
    t: 9,
    node: 0,
    code: 137,
    signal: 'SIGKILL',
    reason: 'killed',
    phaseAt: 'run',
  };
  expect(parseTelemetry(line(exit))).toEqual(expected);
  expect(parseRecord(`${JSON.stringify(exit)}\n${' '.repeat(500)}`)).toEqual(expected);
  expect(parseRecord(JSON.stringify({ ...exit, code: 0, signal: null }))).not.toHaveProperty('signal');
});

const malformed: Readonly<Record<string, string>> = {
  'an ordinary line': 'epoch 1 loss 0.3',
  'a prefix without its space': '##trainyard{"kind":"phase","phase":"a"}',
  'text before the prefix': ' ##trainyard {"kind":"phase","phase":"a"}',
  'half a line': '##trainyard {"kind":"phase","phase":"se',
  'two records on one line': `${line({ kind: 'phase', phase: 'a' })} {}`,
  'an array': '##trainyard [1]',
  null: '##trainyard null',
  'an unknown kind': line({ kind: 'nonsense' }),
  'a kind of Object.prototype': line({ kind: 'constructor' }),
  'another version': line({ v: 2, kind: 'phase', phase: 'a' }),
  'NaN, which is no JSON': '##trainyard {"kind":"metric","name":"loss","value":NaN}',
  'a number beyond all doubles': '##trainyard {"kind":"metric","name":"loss","value":1e999}',
  'a number that no sum survives': line({ kind: 'metric', name: 'loss', value: 1e200 }),
  'a value that is text': line({ kind: 'metric', name: 'loss', value: '0.5' }),
  'one of several values that is text': line({ kind: 'metric', metrics: { a: 1, b: 'x' } }),
  'no values': line({ kind: 'metric', metrics: {} }),
  'a name of 10,000 characters': line({ kind: 'metric', name: 'x'.repeat(10_000), value: 1 }),
  'an empty name': line({ kind: 'metric', name: '', value: 1 }),
  'a time after 2100': line({ kind: 'phase', phase: 'a', t: 1e15 }),
  'a negative time': line({ kind: 'phase', phase: 'a', t: -1 }),
  'a negative GPU': line({ kind: 'gpu', gpu: -1, util: 5 }),
  'a GPU that is a fraction': line({ kind: 'gpu', gpu: 0.5, util: 5 }),
  'too many cores': line({ kind: 'host', cores: Array.from({ length: 5000 }, () => 1) }),
  'a core that is text': line({ kind: 'host', cores: ['a'] }),
  'a line of a megabyte': line({ kind: 'guard', rule: 'a', action: 'warn', reason: 'x'.repeat(1 << 20) }),
  'an unknown action': line({ kind: 'guard', rule: 'a', action: 'delete', reason: 'x' }),
};

test.each(Object.entries(malformed))('%s is an ordinary line', (_, text) => {
  expect(parseTelemetry(text)).toBeUndefined();
});

test('names of Object.prototype are metrics like others and change nothing', () => {
  const record = parseTelemetry('##trainyard {"kind":"metric","metrics":{"__proto__":1,"constructor":2}}');
  expect(record).toMatchObject({
    metrics: [
      ['__proto__', 1],
      ['constructor', 2],
    ],
  });
  expect(parseTelemetry('##trainyard {"__proto__":{"kind":"phase","phase":"a"}}')).toBeUndefined();
  expect(Object.hasOwn(Object.prototype, 'phase')).toBe(false);
});

test('whatever stands behind the prefix, it never throws and gives only finite numbers', () => {
  const record = fc.record(
    {
      v: fc.constantFrom(1, 2, '1'),
      kind: fc.constantFrom('phase', 'host', 'gpu', 'metric', 'guard', 'exit', 'x'),
      t: fc.oneof(fc.double(), fc.nat()),
      phase: fc.string(),
      metrics: fc.dictionary(fc.string(), fc.oneof(fc.double(), fc.string())),
      step: fc.double(),
      cpu: fc.double(),
      cores: fc.array(fc.double()),
      gpu: fc.integer(),
      reason: fc.string(),
      rule: fc.string(),
      action: fc.string(),
    },
    { requiredKeys: ['kind'] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        record.map((value) => JSON.stringify(value)),
      ),
      (text) => {
        const parsed = parseTelemetry(`##trainyard ${text}`);
        JSON.stringify(parsed ?? {}, (_, value: unknown) => {
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
          return value;
        });
      },
    ),
    { numRuns: 1000 },
  );
});
