import { expect, it } from 'vitest';
import { CancelledError } from '../../../../../src/core/errors';
import { attempts } from '../../../../../src/providers/aws/account/attempts';
import { Rates } from '../../../../../src/providers/aws/account/rates';
import { OwnRates } from '../../../../../src/providers/aws/account/rateStore';
import { tellingWaits } from '../../../../../src/providers/aws/account/waits';
import { TestClock } from './testClock';

const throttling = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });

/** One call that AWS refuses so many times. */
function callOf(clock: TestClock, refusals: number, abortSignal?: AbortSignal) {
  let left = refusals;
  const next = () =>
    left-- > 0 ? Promise.reject(throttling) : Promise.resolve({ response: {}, output: { $metadata: {} } });
  const rates = new Rates(new OwnRates(), clock.now, clock.pause, () => undefined);
  const context = {
    clientName: 'SageMakerClient',
    commandName: 'CreateTrainingJobCommand',
    ...(abortSignal && { __smithy_context: { abortSignal } }),
  };
  const call = attempts(rates, 'account region', clock.pause, () => 1)(next, context);
  return () => call({ input: {}, request: {} });
}

it('who follows some work is told that AWS makes it wait, and then again what the work does', async () => {
  const clock = new TestClock(0);
  const told: string[] = [];
  const call = callOf(clock, 3);
  const work = tellingWaits(
    (message) => told.push(message),
    async (onProgress) => {
      onProgress('Starting the job');
      await call();
    },
  );
  await clock.run(work);
  expect(told).toEqual([
    'Starting the job',
    'AWS asks to slow down; waiting for try 3 of 8',
    'Starting the job',
    'AWS asks to slow down; waiting for try 4 of 8',
    'Starting the job',
  ]);
});

it('one refusal is over before anybody would notice, and is not told', async () => {
  const clock = new TestClock(0);
  const told: string[] = [];
  await clock.run(tellingWaits((message) => told.push(message), callOf(clock, 1)));
  expect(told).toEqual([]);
});

it('work that nobody follows waits just the same', async () => {
  const clock = new TestClock(0);
  await clock.run(callOf(clock, 3)());
  expect(clock.now()).toBeGreaterThan(1000);
});

it('a wait can be cancelled', async () => {
  const clock = new TestClock(0);
  const stop = new AbortController();
  const told: string[] = [];
  const work = tellingWaits(
    (message) => {
      told.push(message);
      stop.abort();
    },
    callOf(clock, 100, stop.signal),
  );
  await expect(clock.run(work)).rejects.toBeInstanceOf(CancelledError);
  expect(told).toEqual(['AWS asks to slow down; waiting for try 3 of 8']);
});
