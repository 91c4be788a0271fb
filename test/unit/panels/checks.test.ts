import { describe, expect, test } from 'vitest';
import * as checks from '../../../src/ui/panels/checks';

const chart = {
  ...{ id: 'loss', node: null, axis: 'step', range: null, by: 'time', smoothing: 0.6 },
  ...{ columns: 300, lines: 16, held: null },
} as const;

describe('what a page sends', () => {
  test('passes when it is what the contract says', () => {
    expect(checks.checkedAction('stop')).toBe('stop');
    expect(checks.checkedJobId('digits-a2b3c4')).toBe('digits-a2b3c4');
    expect(checks.checkedLogRequest({ view: { node: null, telemetry: true }, from: -12, count: 12 })).toEqual(
      {
        view: { node: null, telemetry: true },
        from: -12,
        count: 12,
      },
    );
    expect(checks.checkedChartRequest({ ...chart, range: [1, 2], held: [3, 4] })).toEqual({
      ...chart,
      range: [1, 2],
      held: [3, 4],
    });
  });

  test('is rebuilt from the parts that are known, and nothing else comes through', () => {
    const view = JSON.parse('{"node": 1, "telemetry": false, "__proto__": {"bad": 1}, "more": 2}') as unknown;
    expect(Object.keys(checks.checkedView(view))).toEqual(['node', 'telemetry']);
  });

  test.each([
    ['an action that is none', () => checks.checkedAction('delete')],
    ['an inherited name as an action', () => checks.checkedAction('constructor')],
    ['a job id with a path in it', () => checks.checkedJobId('../../etc/passwd-a2b3c4')],
    ['a job id that is no text', () => checks.checkedJobId(['digits-a2b3c4'])],
    ['a node that is no number', () => checks.checkedView({ node: '0', telemetry: false })],
    ['a negative node', () => checks.checkedLine({ node: -1, number: 0 })],
    ['a line that is no whole number', () => checks.checkedLine({ node: 0, number: 0.5 })],
    ['a line that is NaN', () => checks.checkedLine({ node: 0, number: NaN })],
    [
      'too many rows',
      () => checks.checkedLogRequest({ view: { node: null, telemetry: true }, from: 0, count: 1e9 }),
    ],
    ['nothing', () => checks.checkedLogRequest(undefined)],
    ['a list instead of a view', () => checks.checkedView([0, true])],
    ['a range that goes backwards', () => checks.checkedChartRequest({ ...chart, range: [2, 1] })],
    ['a range without end', () => checks.checkedChartRequest({ ...chart, range: [0, Infinity] })],
    ['a range of three', () => checks.checkedChartRequest({ ...chart, range: [0, 1, 2] })],
    ['an axis that is none', () => checks.checkedChartRequest({ ...chart, axis: 'epoch' })],
    ['a range in nothing', () => checks.checkedChartRequest({ ...chart, by: undefined })],
    ['smoothing that never ends', () => checks.checkedChartRequest({ ...chart, smoothing: 1 })],
    ['no columns', () => checks.checkedChartRequest({ ...chart, columns: 0 })],
    [
      'an endless list',
      () => checks.checkedChartRequest({ ...chart, held: new Array<number>(20_000).fill(0) }),
    ],
    ['an output without a path', () => checks.checkedOutput({ name: 'model', path: '' })],
    ['an index beyond all', () => checks.checkedIndex(1e12)],
  ])('is refused when it is %s', (_what, check) => {
    expect(check).toThrow('The panel sent something');
  });
});
