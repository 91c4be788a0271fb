import { afterEach, describe, expect, it } from 'vitest';
import { CancelledError, ProviderError } from '../../../../src/core/errors';
import { Connections } from '../../../../src/services/connections';
import { AttachedMachines, noMemory, type Pause } from '../../../../src/services/machines/attachedMachines';
import { Machines } from '../../../../src/services/machines/machines';
import { FakeHosts, FakeMachine, needsPassphrase } from '../../../fakes/machines';
import { never } from '../../../fakes/stateFolder';
import { until } from '../../../fakes/until';
import { LogLines } from '../../../fakes/workplace';

const opened: { dispose(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.dispose();
});

/** A window with these machines; pauses end at once, and are counted. */
function open(list: readonly FakeMachine[], memory = noMemory()) {
  const connections = new Connections([new FakeHosts(list.map((machine) => machine.asMachine()))]);
  const machines = new Machines(connections);
  const pauses: number[] = [];
  const pause: Pause = (milliseconds, signal) => {
    pauses.push(milliseconds);
    return signal.aborted
      ? Promise.reject(new CancelledError())
      : new Promise((resolve) => setImmediate(resolve));
  };
  const attached = new AttachedMachines({ machines, memory, log: new LogLines(), pause });
  opened.push(attached, machines, connections);
  return { attached, memory, pauses };
}

describe('a machine that a person attached', () => {
  it('is remembered until they detach it', async () => {
    const gpu = new FakeMachine('ssh/gpu-1');
    const { attached, memory } = open([gpu]);
    await attached.attach(gpu.asMachine(), {}, never);
    expect(memory.get()).toEqual(['ssh/gpu-1']);
    const detached: string[] = [];
    attached.onDidDetach(({ id }) => detached.push(id));
    await attached.detach(gpu.asMachine());
    expect(memory.get()).toEqual([]);
    expect(gpu.status.state).toBe('detached');
    expect(detached).toEqual(['ssh/gpu-1']);
  });

  it('is not remembered where attaching failed', async () => {
    const gpu = new FakeMachine('ssh/gpu-1');
    gpu.failure = needsPassphrase;
    const { attached, memory } = open([gpu]);
    await expect(attached.attach(gpu.asMachine(), {}, never)).rejects.toBe(needsPassphrase);
    expect(memory.get()).toEqual([]);
  });

  it('is attached again quietly when the window comes back, and only it', async () => {
    const [gpu, other] = [new FakeMachine('ssh/gpu-1'), new FakeMachine('ssh/gpu-2')];
    const memory = noMemory();
    await memory.set(['ssh/gpu-1']);
    const { attached } = open([gpu, other], memory);
    attached.restore();
    await attached.settled('ssh/gpu-1', never);
    expect(gpu.attachments).toEqual([{ quiet: true }]);
    expect(other.attachments).toEqual([]);
  });

  it('waits for the person where it needs an answer, and says why', async () => {
    const gpu = new FakeMachine('ssh/gpu-1');
    gpu.failure = needsPassphrase;
    const memory = noMemory();
    await memory.set(['ssh/gpu-1']);
    const { attached, pauses } = open([gpu], memory);
    attached.restore();
    await attached.settled('ssh/gpu-1', never);
    expect(gpu.attachments).toHaveLength(1);
    expect(pauses).toEqual([]);
    expect(attached.isWanted('ssh/gpu-1')).toBe(true);
    expect(gpu.status.problem).toBe(needsPassphrase.message);
  });

  it('is tried again, less and less often, while the network is away', async () => {
    const gpu = new FakeMachine('ssh/gpu-1');
    gpu.failure = new ProviderError('network', 'No route to gpu-1.');
    const memory = noMemory();
    await memory.set(['ssh/gpu-1']);
    const { attached, pauses } = open([gpu], memory);
    attached.restore();
    await until('it was tried eight times', () => gpu.attachments.length >= 8);
    gpu.failure = undefined;
    await attached.settled('ssh/gpu-1', never);
    expect(gpu.status.state).toBe('attached');
    expect(pauses.slice(0, 8)).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  it('is tried no more once the person detached it', async () => {
    const gpu = new FakeMachine('ssh/gpu-1');
    gpu.failure = new ProviderError('network', 'No route to gpu-1.');
    const memory = noMemory();
    await memory.set(['ssh/gpu-1']);
    const { attached } = open([gpu], memory);
    attached.restore();
    await until('it was tried', () => gpu.attachments.length >= 2);
    await attached.detach(gpu.asMachine());
    await attached.settled('ssh/gpu-1', never);
    expect(memory.get()).toEqual([]);
  });

  it('is forgotten once it is no longer listed', async () => {
    const memory = noMemory();
    await memory.set(['ssh/gone']);
    const { attached } = open([], memory);
    attached.restore();
    await attached.settled('ssh/gone', never);
    expect(memory.get()).toEqual([]);
  });
});
