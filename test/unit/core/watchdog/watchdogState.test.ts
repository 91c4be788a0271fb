import { describe, expect, it } from 'vitest';
import { readWatchdogState } from '../../../../src/core/watchdog/watchdogState';

const now = 1_800_000_000_000;
const told = {
  v: 1,
  armed: true,
  version: 'abc123',
  t: 5,
  age: 20,
  interval: 60,
  loop: true,
  starter: 'systemd',
  idleLimit: 3600,
  maxLife: 7200,
  idle: 600,
  kept: [] as string[],
  stopsIn: 2980,
  why: 'idle',
  warned: 0,
  hold: 0,
  lease: 0,
  failures: 0,
  failure: '',
  problem: '',
};
const read = (changes: object) => readWatchdogState(JSON.stringify({ ...told, ...changes }), now);

describe('the state of a watchdog', () => {
  it('is told in this computer’s time, whatever the machine’s clock says', () => {
    expect(read({})).toEqual({
      armed: true,
      readAt: now,
      lookedAt: now - 20_000,
      stale: false,
      keptBy: [],
      idleSince: now - 620_000,
      stopsAt: now + 2_980_000,
      why: 'idle',
      warned: false,
      failures: 0,
      keeper: 'systemd',
      idleMinutes: 60,
      maxLifetimeHours: 2,
      version: 'abc123',
    });
  });

  it.each([
    ['its last look is older than three intervals', { age: 181 }],
    ['its loop does not run', { loop: false }],
    ['it has not looked since the machine was started', { age: null }],
  ])('is stale where %s', (_, changes) => {
    expect(read(changes).stale).toBe(true);
  });

  it('is not stale where nothing is armed, or where it says itself why it does nothing', () => {
    expect(read({ armed: false, loop: false }).stale).toBe(false);
    expect(read({ loop: false, age: null, problem: 'It was armed on another machine.' })).toMatchObject({
      stale: false,
      problem: 'It was armed on another machine.',
    });
  });

  it('has no idle time while something keeps the machine', () => {
    expect(read({ kept: ['job digits-1', 'GPU: 80 %'], stopsIn: null })).toMatchObject({
      keptBy: ['job digits-1', 'GPU: 80 %'],
    });
    expect(read({ kept: ['x'] })).not.toHaveProperty('idleSince');
    expect(read({ stopsIn: null })).not.toHaveProperty('stopsAt');
  });

  it('keeps hostile answers inert and short', () => {
    const state = read({
      kept: [
        'a\u001b[31m\u202eb',
        7,
        { x: 1 },
        ...Array<string>(1000).fill('y'.repeat(20)),
        'z'.repeat(9999),
      ],
      failure: '\u0000\nboom\u0007',
      age: -5,
      stopsIn: 1e300,
      version: [],
    });
    expect(state.keptBy[0]).toBe('a [31m b');
    expect(state.keptBy.length).toBeLessThan(60);
    expect(Math.max(...read({ kept: ['z'.repeat(9999)] }).keptBy.map(({ length }) => length))).toBe(500);
    expect(state.failure).toBe('boom');
    expect(state.stale).toBe(true);
    expect(state).not.toHaveProperty('stopsAt');
  });

  it.each(['', 'sh: not found', '[]x', 'null', '"armed"'])(
    'is an error that can be understood where the answer is %j',
    (line) => {
      expect(() => readWatchdogState(line, now)).toThrow(/answer can’t be read/);
    },
  );
});
