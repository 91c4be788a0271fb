import { describe, expect, test } from 'vitest';
import * as checks from '../../../src/ui/panels/checks';

const view = { node: null, telemetry: true, level: 'none', rank: null, stream: null };
const query = { text: 'loss', regex: false, caseSensitive: false };
const chart = {
  ...{ id: 'loss', node: null, axis: 'step', range: null, by: 'time', smoothing: 0.6 },
  ...{ columns: 300, lines: 16, held: null },
} as const;

describe('what a page sends', () => {
  test('passes when it is what the contract says', () => {
    expect(checks.checkedAction('stop')).toBe('stop');
    expect(checks.checkedJobId('digits-a2b3c4')).toBe('digits-a2b3c4');
    for (const [check, value] of [
      [checks.checkedLogRequest, { view, from: -12, count: 12 }],
      [checks.checkedFindRequest, { view, target: { kind: 'line', line: { node: 1, number: 7 } } }],
      [checks.checkedFindRequest, { view, target: { kind: 'time', t: 1_700_000_000_000 } }],
      [checks.checkedRows, { view, from: 3, to: 9 }],
      [checks.checkedSearch, { view: { ...view, node: 2, level: 'error', rank: 7, stream: 'setup' }, query }],
      [checks.checkedSearch, { view, query: null }],
      [checks.checkedHitRequest, { view, row: -1, back: true }],
      [checks.checkedMarksRequest, { view, parts: 300 }],
      [checks.checkedNode, { node: null }],
    ] as const)
      expect(check(value)).toEqual(value);
    expect(checks.checkedChartRequest({ ...chart, range: [1, 2], held: [3, 4] })).toEqual({
      ...chart,
      range: [1, 2],
      held: [3, 4],
    });
  });

  test('is rebuilt from the parts that are known, and nothing else comes through', () => {
    const text =
      '{"node": 1, "telemetry": false, "level": "none", "rank": null, "stream": null, "__proto__": {"bad": 1}, "more": 2}';
    expect(Object.keys(checks.checkedView(JSON.parse(text)))).toEqual(Object.keys(view));
  });

  test.each([
    ['an action that is none', () => checks.checkedAction('delete')],
    ['an inherited name as an action', () => checks.checkedAction('constructor')],
    ['a job id with a path in it', () => checks.checkedJobId('../../etc/passwd-a2b3c4')],
    ['a job id that is no text', () => checks.checkedJobId(['digits-a2b3c4'])],
    ['a node that is no number', () => checks.checkedView({ ...view, node: '0' })],
    ['a negative node', () => checks.checkedLine({ node: -1, number: 0 })],
    ['a line that is no whole number', () => checks.checkedLine({ node: 0, number: 0.5 })],
    ['a line that is NaN', () => checks.checkedLine({ node: 0, number: NaN })],
    ['too many rows', () => checks.checkedLogRequest({ view, from: 0, count: 1e9 })],
    ['a level that is none', () => checks.checkedView({ ...view, level: 'loud' })],
    ['a stream that is none', () => checks.checkedView({ ...view, stream: 'stderr' })],
    ['a rank beyond all', () => checks.checkedView({ ...view, rank: 1e6 })],
    ['an endless query', () => checks.checkedSearch({ view, query: { ...query, text: 'x'.repeat(1001) } })],
    ['an empty query', () => checks.checkedSearch({ view, query: { ...query, text: '' } })],
    ['a query without its switches', () => checks.checkedSearch({ view, query: { text: 'x' } })],
    ['a range of rows that goes backwards', () => checks.checkedRows({ view, from: 9, to: 3 })],
    ['a direction that is none', () => checks.checkedHitRequest({ view, row: 0, back: 'yes' })],
    ['too many parts', () => checks.checkedMarksRequest({ view, parts: 1e6 })],
    ['a place without its line', () => checks.checkedFindRequest({ view, target: { kind: 'line' } })],
    ['a time that is none', () => checks.checkedFindRequest({ view, target: { kind: 'time', t: NaN } })],
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
    ['an output without a name', () => checks.checkedOutputName({ name: '' })],
    ['an index beyond all', () => checks.checkedIndex(1e12)],
  ])('is refused when it is %s', (_what, check) => {
    expect(check).toThrow('The panel sent something');
  });
});
