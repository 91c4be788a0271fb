import { describe, expect, it } from 'vitest';
import { endedText, isAnnounced } from '../../../src/ui/endedText';
import { parseJsonWithComments } from '../../../src/ui/jsonWithComments';
import { settingValue } from '../../../src/ui/settingValue';
import { statusText } from '../../../src/ui/statusText';
import { headline } from '../../../src/ui/trees/headline';
import { aJob } from '../../fakes/trainingJob';

describe('the status bar', () => {
  it('says nothing when nothing runs', () => {
    expect(statusText([])).toBeUndefined();
    expect(statusText([aJob({ state: 'failed' })])).toBeUndefined();
  });

  it('counts what runs, and adds up what it costs', () => {
    expect(statusText([aJob()])).toBe('1 job');
    expect(
      statusText([
        aJob({ hourlyUsd: 6.2 }),
        aJob({ hourlyUsd: 220 }),
        aJob({ state: 'failed', hourlyUsd: 9 }),
      ]),
    ).toBe('2 jobs · $226/h');
    expect(statusText([aJob({ hourlyUsd: 6.2 })])).toBe('1 job · $6.20/h');
  });

  it('says that it is more where a price is not known', () => {
    const { hourlyUsd, ...unpriced } = aJob();
    expect(hourlyUsd).toBe(0);
    expect(statusText([unpriced, aJob({ hourlyUsd: 2 })])).toBe('2 jobs · ≥ $2.00/h');
  });
});

describe('the figures of a job', () => {
  const series = (key: string, last: number, more = {}) => ({
    key,
    node: 0,
    unit: '',
    count: 3,
    last,
    min: 0,
    max: 1,
    ...more,
  });

  it('are the loss while it runs, and the accuracy once it has ended', () => {
    const both = [series('accuracy', 0.97234), series('loss', 0.2101)];
    expect(headline(both, false)).toEqual(['loss 0.21']);
    expect(headline(both, true)).toEqual(['accuracy 0.972']);
  });

  it('are about the model, not the machine', () => {
    expect(headline([series('host.cpu', 50), series('gpu.0.memUsed', 5)], false)).toEqual([]);
  });

  it('include how busy all GPUs are together while it runs', () => {
    const gpus = [series('gpu.0.util', 90), series('gpu.1.util', 80, { node: 1 })];
    expect(headline(gpus, false)).toEqual(['GPU 85 %']);
    expect(headline(gpus, true)).toEqual([]);
  });

  it('fall back to whatever the script measures first', () => {
    expect(headline([series('tokens_per_second', 12_345.6)], false)).toEqual(['tokens_per_second 12300']);
  });

  it('keep very small and very large numbers readable', () => {
    expect(headline([series('loss', 0.0000123)], false)).toEqual(['loss 1.2e-5']);
    expect(headline([series('loss', 123_456_789)], false)).toEqual(['loss 1.2e+8']);
    expect(headline([series('loss', Number.NaN)], false)).toEqual(['loss NaN']);
  });

  it('leave out a series without a point', () => {
    expect(headline([series('loss', 0, { count: 0 })], false)).toEqual([]);
  });
});

describe('the announcement of an end', () => {
  const failed = aJob({
    state: 'failed',
    endedAt: 1_042_000,
    exit: { reason: 'node 1 ended with exit code 1' },
  });

  it('says what, where, how long and why', () => {
    expect(endedText(failed)).toBe('digits failed on local after 41 s: node 1 ended with exit code 1');
    expect(endedText(aJob({ state: 'succeeded', endedAt: 1_042_000 }))).toBe(
      'digits succeeded on local after 41 s.',
    );
  });

  it('comes for the ends that the setting names, and never for a stop', () => {
    const succeeded = aJob({ state: 'succeeded' });
    expect([isAnnounced(failed, 'all'), isAnnounced(failed, 'failed'), isAnnounced(failed, 'none')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([isAnnounced(succeeded, 'all'), isAnnounced(succeeded, 'failed')]).toEqual([true, false]);
    expect(isAnnounced(aJob({ state: 'stopped' }), 'all')).toBe(false);
  });
});

describe('a setting', () => {
  it('has its default where the editor has none', () => {
    expect(settingValue('trainyard.local.graceSeconds', undefined)).toBe(30);
    expect(settingValue('trainyard.guardrails.maxHourlyUsd', null)).toBeNull();
  });

  it('of the wrong type is refused with its name: a mistyped limit is not no limit', () => {
    expect(() => settingValue('trainyard.guardrails.maxHourlyUsd', '5')).toThrow(
      /must be a number.*trainyard\.guardrails\.maxHourlyUsd/,
    );
    expect(settingValue('trainyard.guardrails.maxHourlyUsd', 5)).toBe(5);
  });
});

describe('JSON with comments', () => {
  it('is read with its comments and last commas, and with what looks like them inside strings', () => {
    const text = '{ // one\n "a": ["x, ]", "// no", "\\"/* */",], /* two */ "b": {"c": 1, /* three */ }, }';
    expect(parseJsonWithComments(text)).toEqual({ a: ['x, ]', '// no', '"/* */'], b: { c: 1 } });
  });

  it('that is broken is refused', () => {
    expect(() => parseJsonWithComments('{"a": }')).toThrow(SyntaxError);
  });
});
