import { expect, it } from 'vitest';
import type { LogLine, LogSource } from '../../../../src/providers/aws/jobs/logs/logSource';
import { awaitedEnds } from '../../../../src/providers/aws/jobs/logs/nodeEnds';

const never = new AbortController().signal;
const patience = 20_000;
const end = 1_000_000;
const job = {
  TrainingJobName: 'digits-a1b2c3',
  TrainingEndTime: new Date(end),
  ResourceConfig: { InstanceCount: 1 },
} as never;
const record = { v: 1, t: end, node: 0, kind: 'exit', code: 143, reason: 'idle', reasonKind: 'idle_gpu' };
const lastWord: LogLine = {
  logStreamName: 'digits-a1b2c3/algo-1-1',
  timestamp: end,
  message: `##trainyard ${JSON.stringify(record)}`,
};

/** A log that is asked at a time, and answers with what there was then after so many milliseconds. */
function logThatTakes(milliseconds: number, comesAt: number) {
  const clock = { time: end };
  const source: LogSource = {
    async *pages() {
      const there = clock.time >= comesAt ? [lastWord] : [];
      clock.time += milliseconds;
      await Promise.resolve();
      yield there;
    },
  };
  const rest = (pause: number) => {
    clock.time += pause;
    return Promise.resolve();
  };
  return { source, clock, waiting: { patience, sawRun: false, now: () => clock.time, rest } };
}

it('a node’s last word that comes in time is heard, however long a look takes', async () => {
  // As with a process that was halted, or calls that have to wait for their turn.
  const { source, waiting } = logThatTakes(patience, end + 5000);
  expect((await awaitedEnds(source, job, waiting, never)).get(0)).toMatchObject({ reasonKind: 'idle_gpu' });
});

it('one that never comes is not waited for any longer, and not at all long after the end', async () => {
  const fresh = logThatTakes(100, Infinity);
  expect((await awaitedEnds(fresh.source, job, fresh.waiting, never)).size).toBe(0);
  expect(fresh.clock.time).toBeLessThan(end + patience + 2000);
  const old = logThatTakes(100, Infinity);
  old.clock.time = end + 3_600_000;
  expect((await awaitedEnds(old.source, job, old.waiting, never)).size).toBe(0);
  expect(old.clock.time).toBe(end + 3_600_100);
});

it('one of a job that was seen to end is waited for also where this computer’s clock is ahead', async () => {
  const ahead = logThatTakes(100, end + 3_605_000);
  ahead.clock.time = end + 3_600_000;
  const waiting = { ...ahead.waiting, sawRun: true };
  expect((await awaitedEnds(ahead.source, job, waiting, never)).get(0)).toMatchObject({ code: 143 });
});
