import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approve } from '../../src/core/costGuard';
import { ProviderError } from '../../src/core/errors';
import type { InstancePower, Instances } from '../../src/core/instance';

export interface InstancesHarness {
  /** A facet with at least one machine. With `power`, one of them runs and can be stopped. */
  start(): Promise<Instances>;
  stop(): Promise<void>;
}

/** What every list of machines promises, whatever platform it is of. */
export function instancesContract(name: string, harness: () => InstancesHarness): void {
  describe(`${name} as instances`, () => {
    const { signal } = new AbortController();
    const own = harness();
    let instances: Instances;

    beforeAll(async () => {
      instances = await own.start();
    });
    afterAll(() => own.stop());

    it('lists machines by ids that are stable and unique', async () => {
      const ids = async () => (await instances.list(signal)).map(({ id }) => id);
      const first = await ids();
      expect(first.length).toBeGreaterThan(0);
      expect(new Set(first).size).toBe(first.length);
      expect(await ids()).toEqual(first);
    });

    it('never takes a price that is not known for free', async () => {
      for (const { hourlyUsd } of await instances.list(signal))
        expect(hourlyUsd === null || hourlyUsd > 0).toBe(true);
    });

    it('gives the same machine each time, under the id of its instance', async () => {
      for (const { id } of await instances.list(signal)) {
        expect(instances.machine(id).id).toBe(id);
        expect(instances.machine(id)).toBe(instances.machine(id));
      }
    });

    it('knows no machine of another name', () => {
      expect(() => instances.machine('elsewhere/nothing')).toThrow(ProviderError);
    });

    it('takes nothing out of the list that was not added by hand', async () => {
      const fixed = (await instances.list(signal)).find(({ removable }) => !removable);
      if (fixed) await expect(instances.remove(fixed.id, signal)).rejects.toMatchObject({ kind: 'conflict' });
    });

    it('stops and starts a machine, and is done when the platform says so', async () => {
      const { power } = instances;
      const running = async () =>
        (await instances.list(signal)).find((one) => one.power === 'stop' && one.state === 'running');
      const target = await running();
      if (!power || !target) return;
      const state = async () => (await instances.list(signal)).find(({ id }) => id === target.id)?.state;
      const told: string[] = [];
      const tell = (message: string) => told.push(message);
      await power.stop(target.id, tell, signal);
      expect(await state()).toBe('stopped');
      await power.stop(target.id, tell, signal);
      await start(power, target.id, tell);
      expect(await state()).toBe('running');
      expect(told).toContain('stopped');
      expect(told.at(-1)).toBe('running');
    });
  });
}

export async function start(
  power: InstancePower,
  id: string,
  tell: (message: string) => void,
): Promise<void> {
  const { signal } = new AbortController();
  const offer = await power.offer(id, signal);
  const approval = await approve({}, { instance: id }, offer, () => Promise.resolve(true));
  if (!approval || 'kind' in approval) throw new Error('The guard did not let it start');
  await power.start(approval, tell, signal);
}
