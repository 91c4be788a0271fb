import { afterEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat } from '../../../../src/providers/ssh/link/heartbeat';

describe('a heartbeat of 5 s', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const beating = () => {
    vi.useFakeTimers();
    const side = { answers: true, bytes: 0, dead: [] as string[], pings: 0 };
    const heartbeat = new Heartbeat({
      interval: 5000,
      now: () => Date.now(),
      bytes: () => side.bytes,
      ping: (onAnswer) => {
        side.pings += 1;
        if (side.answers) onAnswer();
      },
      onDead: (why) => side.dead.push(why),
    });
    return { side, heartbeat };
  };

  it('goes on while there are answers', () => {
    const { side, heartbeat } = beating();
    vi.advanceTimersByTime(3_600_000);
    expect([side.dead, side.pings]).toEqual([[], 720]);
    heartbeat.dispose();
  });

  it('notices within 15 s that there are none, once', () => {
    const { side } = beating();
    vi.advanceTimersByTime(60_000);
    side.answers = false;
    vi.advanceTimersByTime(14_999);
    expect(side.dead).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(side.dead).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    expect(side.dead).toHaveLength(1);
  });

  it('takes any bytes for a sign of life', () => {
    const { side, heartbeat } = beating();
    side.answers = false;
    for (let second = 0; second < 600; second++) {
      side.bytes += 1;
      vi.advanceTimersByTime(1000);
    }
    expect(side.dead).toEqual([]);
    heartbeat.dispose();
  });

  it('gives up at once after a sleep, and not when the clock goes back', () => {
    const { side } = beating();
    vi.setSystemTime(Date.now() - 3_600_000);
    vi.advanceTimersByTime(5000);
    expect(side.dead).toEqual([]);
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(5000);
    expect(side.dead[0]).toContain('asleep');
  });
});
