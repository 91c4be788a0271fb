import { describe, expect, it } from 'vitest';
import type { StopProspect } from '../../../src/core/watchdog/stopProspect';
import { stopVerdict } from '../../../src/core/watchdog/stopVerdict';
import type { WatchdogState } from '../../../src/core/watchdog/watchdogState';
import { watchdogRow, watchdogWords } from '../../../src/ui/trees/machineRows/watchdogRows';
import { watchdogNews } from '../../../src/ui/watchdog/watchdogNews';
import { armText, watchdogText } from '../../../src/ui/watchdog/watchdogTexts';
import { aWatchdog } from '../../fakes/watchdog';

const now = new Date(2026, 10, 26, 18, 0).getTime();
const minutes = (count: number) => now + count * 60_000;
const with_ = (changes: Partial<WatchdogState>): WatchdogState => ({
  ...aWatchdog,
  readAt: now,
  lookedAt: now,
  ...changes,
});

const states: readonly [name: string, state: WatchdogState, words: readonly string[], text: string][] = [
  [
    'idle',
    with_({ idleSince: minutes(-20), stopsAt: minutes(40) }),
    ['stops 18:40'],
    'stops 18:40 · idle for 20 m',
  ],
  ['in use', with_({ keptBy: ['job digits-1', 'GPU: 83 %'] }), [], 'kept by job digits-1, GPU: 83 %'],
  [
    'in use with a longest life',
    with_({ keptBy: ['job digits-1'], stopsAt: minutes(90), why: 'lifetime' }),
    ['stops 19:30'],
    'stops 19:30 · its longest life is over then · kept by job digits-1',
  ],
  [
    'held',
    with_({ idleSince: minutes(-60), stopsAt: minutes(30), holdUntil: minutes(30) }),
    ['stops 18:30'],
    'stops 18:30 · held until 18:30 · idle for 1 h',
  ],
  [
    'stale',
    with_({ stale: true, lookedAt: minutes(-12), stopsAt: minutes(3) }),
    ['watchdog does not look'],
    'has not looked for 12 m: nothing stops this machine. Arm it again',
  ],
  [
    'refused',
    with_({ failure: 'sudo: a password is required', failures: 2, idleSince: minutes(-70), stopsAt: now }),
    ['stop failed'],
    'stop failed: sudo: a password is required · stops 18:00 · idle for 1 h 10 m',
  ],
  [
    'of another machine',
    with_({ problem: 'It was armed on another machine.' }),
    ['watchdog does not look'],
    'It was armed on another machine.',
  ],
  ['not armed', with_({ armed: false }), [], 'none: never stops by itself'],
];

describe('the row of a watchdog', () => {
  it.each(states)('that is %s says what matters most', (_, state, words, text) => {
    expect(watchdogWords(state, now)).toEqual(words);
    expect(watchdogText(state, now)).toBe(text);
    expect(watchdogRow('ssh/gpu-1', state, now).description).toBe(text);
  });

  it('offers to arm one where there is none, and its log where there is', () => {
    expect(watchdogRow('ssh/a', with_({ armed: false }), now)).toMatchObject({
      contextValue: 'watchdog unarmed',
      command: { command: 'trainyard.watchdog.arm', arguments: ['ssh/a'] },
    });
    expect(watchdogRow('ssh/a', with_({}), now)).toMatchObject({
      contextValue: 'watchdog armed',
      command: { command: 'trainyard.watchdog.showLog', arguments: ['ssh/a'] },
    });
  });

  it('shows each state by a shape, not by colour alone', () => {
    const icon = (changes: Partial<WatchdogState>) => watchdogRow('ssh/a', with_(changes), now).icon?.id;
    expect([icon({}), icon({ warned: true }), icon({ stale: true }), icon({ failure: 'x' })]).toEqual([
      'shield',
      'watch',
      'warning',
      'warning',
    ]);
  });

  it('names the day of a stop that is not today', () => {
    expect(watchdogText(with_({ stopsAt: now + 3 * 86_400_000 }), now)).toBe('stops Sun 18:00');
    expect(watchdogText(with_({ stopsAt: now + 9 * 86_400_000 }), now)).toMatch(/^stops Sat, .*5.*, 18:00$/);
  });
});

describe('news of a watchdog', () => {
  const warned = with_({ warned: true, stopsAt: minutes(9), idleSince: minutes(-51) });

  it('are a warning with when, why, and what keeps the machine', () => {
    expect(watchdogNews('gpu-1', warned, now)).toMatchObject([
      {
        text: expect.stringMatching(
          /^gpu-1 stops in 9 m: nobody has used it for 51 m. A key in a terminal.* keeps it\.$/,
        ) as string,
        keeps: true,
      },
    ]);
  });

  it('are the same for two windows that read it at different seconds, and others for another stop', () => {
    const key = (stopsAt: number) => watchdogNews('gpu-1', { ...warned, stopsAt }, now)[0]?.key;
    expect(key(minutes(9))).toBe(key(minutes(9) + 4000));
    expect(key(minutes(9))).not.toBe(key(minutes(69)));
  });

  it('are a stop that failed, each time it is tried', () => {
    const key = (failures: number) =>
      watchdogNews('gpu-1', with_({ failures, failure: '403' }), now).map(({ key: one }) => one);
    expect(watchdogNews('gpu-1', with_({ failures: 1, failure: '403' }), now)).toMatchObject([
      { text: 'gpu-1 could not be stopped, and its bill may go on: 403', keeps: false },
    ]);
    expect(key(1)).not.toEqual(key(2));
  });

  it('are none while all is well, or where nothing is armed', () => {
    expect(watchdogNews('gpu-1', with_({}), now)).toEqual([]);
    expect(watchdogNews('gpu-1', { ...warned, armed: false }, now)).toEqual([]);
  });
});

describe('the question before a watchdog is armed', () => {
  const found: StopProspect = {
    system: 'Linux',
    hasUptime: true,
    container: false,
    cloud: 'aws',
    stop: 'sudo -n shutdown -h now',
    proof: 'sudo asks you for no password',
    why: '',
    keeper: 'loop',
    hasGpu: true,
  };

  it('says when, by what, how that is proved, what it does to the bill, and what is lost', () => {
    const verdict = stopVerdict(found, undefined);
    if (!verdict.possible) throw new Error(verdict.reason);
    const { message, detail } = armText({
      label: 'gpu-1',
      found,
      options: { idleMinutes: 60, maxLifetimeHours: 24 },
      verdict,
    });
    expect(message).toBe('Let gpu-1 be stopped when nobody uses it?');
    expect(detail.split('\n')).toEqual([
      expect.stringMatching(/^Stops after 1 h without use, also with this editor closed: GPUs below 5 %/),
      'Stops after 1 d, whatever goes on, unless you keep it then.',
      'Warns 10 and 2 minutes before, here and in your terminals.',
      '',
      'By: sudo -n shutdown -h now',
      'Sudo asks you for no password.',
      expect.stringMatching(/^AWS then stops the instance, or terminates it/),
      '',
      expect.stringMatching(/^⚠ Neither systemd nor cron/),
      expect.stringMatching(/^A desktop session .* is not seen/),
    ]);
  });
});
