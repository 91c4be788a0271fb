import { describe, expect, it } from 'vitest';
import type { StopProspect } from '../../../src/core/watchdog/stopProspect';
import { stopVerdict } from '../../../src/core/watchdog/stopVerdict';
import { idleText } from '../../../src/ui/machines/idleTexts';
import { launchText, startText, stopText } from '../../../src/ui/machines/powerTexts';
import { costWords } from '../../../src/ui/trees/machineRows/pricePart';
import { anInstance } from '../../fakes/machines';
import { anOffer } from '../../fakes/provider';

const hour = 3_600_000;
const gpu = anInstance({ hardware: 'g5.xlarge · 1×A10G', hourlyUsd: 1.006, state: 'running' });

describe('what a machine of a cloud costs', () => {
  it('is on its line with its type, its uptime and what that is by now', () => {
    expect(costWords({ ...gpu, runningSince: 0 }, 2 * hour)).toEqual([
      '$1.01/h',
      '2 h, $2.01',
      'g5.xlarge · 1×A10G',
    ]);
  });

  it('is what its disk costs while it is stopped, and never a rate that is not paid', () => {
    const stopped = { ...gpu, state: 'stopped' as const };
    expect(costWords({ ...stopped, stoppedHourlyUsd: 0.12 }, 0)).toEqual([
      'disk $0.12/h',
      'g5.xlarge · 1×A10G',
    ]);
    expect(costWords(stopped, 0)).toEqual(['g5.xlarge · 1×A10G']);
  });
});

describe('the question before a machine', () => {
  it('is started says the rate, and how old it is', () => {
    const { message, detail } = startText(gpu, { ...anOffer, hourlyUsd: 1.006, why: 'Until it is stopped.' });
    expect(message).toBe('Start gpu-1 for $1.01/h?');
    expect(detail).toContain('List price of 2026-07-20');
  });

  it('of unknown price is started says so', () => {
    expect(startText(gpu, { ...anOffer, hourlyUsd: null }).message).toBe('Start gpu-1 for price unknown?');
  });

  it('is started says what stops it by itself, or that nothing does', () => {
    const detail = (idle?: { words: string; stops: boolean | undefined }) =>
      startText({ ...gpu, ...(idle && { idle }) }, anOffer).detail;
    expect(detail()).toContain('unless its watchdog is armed');
    expect(detail({ words: 'none', stops: false })).toContain('⚠ Idle shutdown: none.');
    expect(detail({ words: 'after 60 minutes', stops: true })).toMatch(
      /^Idle shutdown: after 60 minutes\.$/m,
    );
  });

  it('is given an idle shutdown says after how long, by what, and what holds now', () => {
    const prospect = {
      words: 'none',
      stops: false,
      minutes: null,
      least: 60,
      most: 525_600,
      notes: ['By AWS.'],
    };
    const { message, detail } = idleText('lab', 90, prospect);
    expect(message).toBe('Let lab be stopped after 1 h 30 m without use?');
    expect(detail).toBe('Now: none.\n\nBy AWS.');
    expect(idleText('lab', null, prospect).message).toBe('Turn off the idle shutdown of lab?');
  });

  it('is stopped names the jobs that end, and what is still paid for', () => {
    const facts = [['Disks', '100 GB, paid for also while it is stopped']] as const;
    const { detail } = stopText({ ...gpu, facts }, ['digits']);
    expect(detail).toContain('with these jobs: digits');
    expect(detail).toContain('It costs $1.01/h until it is stopped; then only its disk (100 GB).');
  });

  it('is launched says the worst case', () => {
    const { detail } = launchText(
      { source: { template: 'lt-1' }, name: 'mine', maxHours: 8 },
      { ...anOffer, hourlyUsd: 1.5 },
    );
    expect(detail).toContain('At most $12.00 in its first 8 h.\n\n');
  });
});

describe('a machine that powers itself off', () => {
  const found = {
    hasUptime: true,
    container: false,
    cloud: 'aws',
    stop: 'sudo -n shutdown -h now',
    proof: '',
  };
  const verdict = (told?: 'stop' | 'terminate') =>
    stopVerdict(found as unknown as StopProspect, undefined, told);

  it('ends its bill where AWS says that it stops, with its disk still paid for', () => {
    expect(verdict('stop')).toMatchObject({ possible: true, endsBill: true });
    expect(JSON.stringify(verdict('stop'))).toContain('disks and a fixed address are still billed');
  });

  it('is told aloud to be deleted where AWS says so', () => {
    expect(JSON.stringify(verdict('terminate'))).toContain('TERMINATES');
  });
});
