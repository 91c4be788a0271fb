import { expect, test } from 'vitest';
import { ProviderError, SignInError } from '../../../../../src/core/errors';
import { MachineList } from '../../../../../src/providers/aws/machines/machineList';
import type { Listed, MachineSource } from '../../../../../src/providers/aws/machines/machineSource';
import { anInstance } from '../../../../fakes/machines';
import { LogLines } from '../../../../fakes/workplace';

const never = new AbortController().signal;

/** One kind of machine: a test says how many there are, and when that is answered. */
class Source {
  readonly what = 'machines';
  asked = 0;
  count = 1;
  answered: Promise<void> = Promise.resolve();
  failure: Error | undefined;

  async list(): Promise<Listed> {
    this.asked += 1;
    const { count } = this;
    await this.answered;
    if (this.failure) throw this.failure;
    const rows = Array.from({ length: count }, (_, index) => anInstance({ id: `aws/x/${index}` }));
    return { rows, gone: [] };
  }
}

function listOf(of: Source | readonly Source[], now: () => number): MachineList {
  const sources = [of].flat() as unknown as readonly MachineSource[];
  const pause = () => Promise.resolve();
  return new MachineList({ connection: 'aws/x', sources, log: new LogLines(), now, pause });
}

test('what AWS told less than ten seconds ago is told again, unless it is said to be too old', async () => {
  const source = new Source();
  let now = 1_000_000;
  const list = listOf(source, () => now);
  await list.list(never);
  source.count = 2;
  now += 9_999;
  expect(await list.list(never)).toHaveLength(1);
  list.expire();
  expect(await list.list(never)).toHaveLength(2);
  await list.list(never);
  expect(source.asked).toBe(2);
  now += 10_000;
  await list.list(never);
  expect(source.asked).toBe(3);
});

test('an answer that is still under way when it is too old is waited for, and then AWS is asked again', async () => {
  const source = new Source();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  source.answered = promise.then(() => undefined);
  const list = listOf(source, () => 0);
  const first = list.list(never);
  source.count = 2;
  list.expire();
  const second = list.list(never);
  expect(source.asked).toBe(1);
  resolve(undefined);
  await first;
  expect(await second).toHaveLength(2);
  expect(source.asked).toBe(2);
});

test('a sign-in or a network that all kinds of machines lack is one trouble, and what each lacks is one each', async () => {
  const sources = [new Source(), new Source(), new Source()];
  const list = listOf(sources, () => 0);
  await list.list(never);
  const after = async (failures: readonly Error[]) => {
    failures.forEach((failure, at) => Object.assign(sources[at] ?? {}, { failure }));
    list.expire();
    await list.list(never);
    return list.troubles;
  };
  const signIns = sources.map((_, at) => new SignInError('aws/x', `Kind ${at} can’t be listed: sign in.`));
  expect(await after(signIns)).toEqual([signIns[0]]);
  const offline = sources.map((_, at) => new ProviderError('network', `Kind ${at} can’t be reached.`));
  expect(await after(offline)).toEqual([offline[0]]);
  const forbidden = sources.map((_, at) => new ProviderError('forbidden', `Kind ${at} is forbidden.`));
  expect(await after(forbidden)).toEqual(forbidden);
});
