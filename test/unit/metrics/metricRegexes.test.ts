import { expect, test } from 'vitest';
import { MetricRegexes } from '../../../src/services/metrics/metricRegexes';

function matched(rules: MetricRegexes, lines: readonly string[]): [string, number, number][] {
  const found: [string, number, number][] = [];
  rules.match(lines, (name, value, line) => found.push([name, value, line]));
  return found;
}

test('the first group is the value; what is no number is none', () => {
  const rules = new MetricRegexes([
    { name: 'loss', regex: 'loss=([0-9.eE+-]+)' },
    { name: 'lr', regex: '(?:lr|rate)=(\\S*)' },
  ]);
  expect(
    matched(rules, ['loss=0.5 lr=1e-4', 'nothing', 'loss=e rate=', 'loss=1.2.3 lr=x', 'lr=inf loss=7']),
  ).toEqual([
    ['loss', 0.5, 0],
    ['lr', 1e-4, 0],
    ['loss', 7, 4],
  ]);
  expect(rules.notes).toEqual([]);
});

test('a regex without a group, or that is not valid, does no harm', () => {
  const rules = new MetricRegexes([
    { name: 'none', regex: 'loss' },
    { name: 'bad', regex: '(' },
    { name: 'loss', regex: 'loss=(\\d+)' },
  ]);
  expect(matched(rules, ['loss=3'])).toEqual([['loss', 3, 0]]);
  expect(rules.notes).toEqual(['The regex of metric bad is not valid and is not used: (']);
});

test('a line longer than 4 KB is not matched', () => {
  const rules = new MetricRegexes([{ name: 'loss', regex: 'loss=(\\d+)' }]);
  expect(matched(rules, [`loss=1${' '.repeat(4091)}`, `loss=2${' '.repeat(4090)}`])).toEqual([
    ['loss', 2, 1],
  ]);
});

test('a regex that backtracks for ever is stopped in a blink and off from then on', () => {
  const rules = new MetricRegexes([
    { name: 'evil', regex: '(a+)+$' },
    { name: 'loss', regex: 'loss=(\\d+)' },
  ]);
  const start = performance.now();
  expect(matched(rules, ['loss=1', `${'a'.repeat(4000)}!`, 'loss=2'])).toEqual([
    ['loss', 1, 0],
    ['loss', 2, 2],
  ]);
  // It would take longer than the universe; the rest is room for a busy machine.
  expect(performance.now() - start).toBeLessThan(5000);
  expect(rules.notes).toHaveLength(1);
  expect(rules.notes[0]).toContain('metric evil was switched off');
  matched(rules, [`${'a'.repeat(4000)}!`]);
  expect(rules.notes).toHaveLength(1);
});

test('more lines than fit into one time slice are matched once each', () => {
  const rules = new MetricRegexes([{ name: 'n', regex: '(?:x*y)?.*n=(\\d+)' }]);
  const lines = Array.from({ length: 50_000 }, (_, i) => `${'x'.repeat(200)} n=${i}`);
  expect(matched(rules, lines)).toEqual(lines.map((_, i) => ['n', i, i]));
});
