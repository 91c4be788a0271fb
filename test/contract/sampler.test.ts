import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it, type TestContext } from 'vitest';
import { MachineSamples, type ProcessLabels } from '../../src/services/samples/machineSamples';
import type { MachineLoad } from '../../src/core/load/machineLoad';
import { gpuUse } from '../../src/core/load/machineLoad';
import { linux, shells } from '../unit/remote/launchedJob';
import { until } from '../fakes/until';
import { kill, WatchedMachine, type WatchedOptions } from '../fakes/watchedMachine';
import { LogLines } from '../fakes/workplace';

const fixture = (name: string) => readFileSync(`test/fixtures/gpu/${name}`);
const never = new AbortController().signal;

function aMachine(test: TestContext, options: WatchedOptions): WatchedMachine {
  const machine = WatchedMachine.make(options);
  test.onTestFinished(() => machine.delete());
  return machine;
}

/** A window of the editor. */
function aWindow(test: TestContext, labels?: ProcessLabels): MachineSamples {
  const samples = new MachineSamples({
    ...(labels && { labels }),
    remoteFolder: 'src/remote',
    log: new LogLines(),
    every: 1,
    pauses: [50],
  });
  test.onTestFinished(() => {
    samples.dispose();
  });
  return samples;
}

function seen(
  samples: MachineSamples,
  machine: WatchedMachine,
  what: string,
  is: (load: MachineLoad) => boolean,
): Promise<MachineLoad> {
  return until(what, () => {
    const load = samples.of(machine.id);
    return load && is(load) && load;
  });
}

// Each waits for a clock most of the time.
describe.skipIf(!linux).concurrent.each(shells)('a machine that is watched, with $name,', ({ bin }) => {
  it('tells its GPUs, its host and its processes', async (test) => {
    const machine = aMachine(test, { bin });
    const child = spawn('sleep', ['300']);
    test.onTestFinished(() => {
      child.kill('SIGKILL');
    });
    machine.show('all', fixture('query-gpu.8xh100.csv'));
    machine.show('apps', `GPU-00000000-0000-0000-0000-000000000002, ${child.pid}, sleep, 2566\n`);
    const samples = aWindow(test, (_, pid) => (pid === child.pid ? 'train.ipynb' : undefined));
    await machine.attach();
    const watching = samples.watch(machine);
    const load = await seen(
      samples,
      machine,
      'all of it',
      (one) => (one.processes?.length ?? 0) > 0 && one.host.cores.length > 0,
    );
    expect(load.gpus.map(gpuUse)).toEqual([90, 91, 92, 93, 94, 95, 96, 0]);
    expect(load.gpus[0]).toMatchObject({
      name: 'NVIDIA H100 80GB HBM3',
      driver: '590.48.01',
      values: { temp: 60, powerLimit: 700 },
    });
    expect(load.host.values.memTotal).toBeGreaterThan(1e8);
    expect(load.host.values.up).toBeGreaterThan(1);
    expect(load.processes).toMatchObject([
      {
        pid: child.pid,
        gpu: 2,
        memUsed: 2566 * 1_048_576,
        owner: 'train.ipynb',
        identity: { command: 'sleep 300' },
      },
    ]);
    expect(Math.abs((load.processes?.[0]?.identity?.startedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    machine.show('apps', '');
    await seen(samples, machine, 'the process to be gone', (one) => one.processes?.length === 0);
    watching.dispose();
  });

  it('has one sampler for two windows, which ends after the last has gone and leaves nothing', async (test) => {
    const machine = aMachine(test, { bin });
    machine.show('all', fixture('query-gpu.h200-load.csv'));
    await machine.attach();
    const first = aWindow(test);
    const second = aWindow(test);
    const watching = [first.watch(machine)];
    const load = await seen(first, machine, 'a sample', (one) => one.gpus.length === 1);
    watching.push(second.watch(machine));
    const joined = await seen(second, machine, 'the same stream', (one) => one.gpus[0]?.values.util === 100);
    expect(joined.t).toBeGreaterThanOrEqual(load.t);
    // What was kept from before it came is there too.
    const times = (samples: MachineSamples) =>
      samples.history(machine.id)?.find('host.memUsed')?.points().t[0];
    expect(times(second)).toBe(times(first));
    expect(machine.samplers()).toHaveLength(1);
    expect(machine.asked().filter((words) => words.includes('utilization.gpu'))).toHaveLength(1);
    watching.pop()?.dispose();
    const { t } = load;
    await seen(first, machine, 'the first to go on', (one) => one.t > t + 1000);
    watching.pop()?.dispose();
    await until('nothing to run', () => machine.processes().length === 0);
    expect(machine.memory().filter((name) => name.includes('/'))).toEqual([]);
  });

  it('has one sampler when many windows come at the same moment', async (test) => {
    const machine = aMachine(test, { bin });
    machine.show('all', fixture('query-gpu.h200-load.csv'));
    await machine.attach();
    const windows = Array.from({ length: 4 }, () => aWindow(test));
    for (const samples of windows) samples.watch(machine);
    for (const samples of windows) await seen(samples, machine, 'a sample', (one) => one.gpus.length === 1);
    await until('one sampler', () => machine.samplers().length === 1);
  });

  it('is watched on after a cut, with what was sampled meanwhile and nothing twice', async (test) => {
    const machine = aMachine(test, { bin, linger: 30 });
    machine.show('all', fixture('query-gpu.h200-load.csv'));
    await machine.attach();
    const samples = aWindow(test);
    samples.watch(machine);
    const { t } = await seen(samples, machine, 'a sample', (one) => one.gpus.length === 1);
    machine.unplug();
    await until('no reader', () => machine.processes('machine.sh watch').length === 0);
    const before = machine.kept().length;
    const [sampler] = machine.samplers();
    await until('samples without a reader', () => machine.kept().length > before + 1);
    machine.plugIn();
    await seen(samples, machine, 'it to go on', (one) => one.t > t + 2000);
    const times = samples.history(machine.id)?.find('host.memUsed')?.points().t ?? new Float64Array();
    expect([...new Set(times)]).toEqual([...times]);
    const known = machine.kept().filter((time) => time <= (times.at(-1) ?? 0));
    expect(known.length).toBeGreaterThan(before + 1);
    expect([...times].filter((time) => time >= (known[0] ?? 0))).toEqual(known);
    expect(machine.samplers()).toEqual([sampler]);
  });

  it('gets another sampler when the first is killed', async (test) => {
    const machine = aMachine(test, { bin });
    machine.show('all', fixture('query-gpu.h200-load.csv'));
    await machine.attach();
    const samples = aWindow(test);
    samples.watch(machine);
    const { t } = await seen(samples, machine, 'a sample', (one) => one.gpus.length === 1);
    const [sampler = 0] = machine.samplers();
    kill(-sampler);
    await seen(samples, machine, 'samples again', (one) => one.t > t + 3000);
    expect(machine.samplers()).toHaveLength(1);
    expect(machine.samplers()).not.toEqual([sampler]);
    await until('one reader', () => machine.processes('machine.sh watch').length === 1);
  });

  it('says that nvidia-smi hangs, and goes on with the host', async (test) => {
    const machine = aMachine(test, { bin });
    machine.show('all', fixture('query-gpu.h200-load.csv'));
    await machine.attach();
    const samples = aWindow(test);
    samples.watch(machine);
    await seen(samples, machine, 'a GPU', (one) => one.gpus[0]?.values.util === 100);
    machine.show('hang', '');
    const silent = await seen(samples, machine, 'it to be silent', (one) => one.tool.state === 'silent');
    expect(silent.gpus[0]?.values).not.toHaveProperty('util');
    expect(silent).not.toHaveProperty('processes');
    await seen(samples, machine, 'the host to go on', (one) => one.t > silent.t);
  });

  it.for<[string, string, string | RegExp]>([
    ['no-devices.exit6.stdout', '6', 'No devices were found'],
    ['no-driver.exit9.stdout', '9', /^NVIDIA-SMI has failed/],
    ['nvml-mismatch.exit18.stdout', '18', 'Failed to initialize NVML: Driver/library version mismatch'],
  ])('says what is wrong with the driver: %s', async ([name, exit, words], test) => {
    const machine = aMachine(test, { bin });
    machine.show('all', fixture(name));
    machine.show('exit', exit);
    await machine.attach();
    const samples = aWindow(test);
    samples.watch(machine);
    const load = await seen(samples, machine, 'the failure', (one) => one.tool.state === 'failed');
    expect(load.tool.words).toMatch(words);
    expect(load.gpus).toEqual([]);
  });

  it('has fewer figures where an old driver knows fewer fields', async (test) => {
    const machine = aMachine(test, { bin });
    machine.show('all', fixture('query-gpu.h200-load.csv'));
    machine.show('unknown', 'clocks_event_reasons.gpu_idle\n');
    await machine.attach();
    const samples = aWindow(test);
    samples.watch(machine);
    const load = await seen(samples, machine, 'a GPU', (one) => one.gpus[0]?.t !== undefined);
    expect(load.gpus[0]).toMatchObject({ busy: true, values: { util: 100, power: 627.4 } });
    expect(machine.asked().some((words) => words.includes('clocks_throttle_reasons.gpu_idle'))).toBe(true);
  });

  it('keeps what there is of a GPU that fails, and says which is lost', async (test) => {
    const machine = aMachine(test, { bin });
    machine.show('all', fixture('query-gpu.gpu-lost.stdout'));
    await machine.attach();
    const samples = aWindow(test);
    samples.watch(machine);
    const load = await seen(samples, machine, 'its words', (one) => one.tool.words !== undefined);
    expect(load.tool).toEqual({
      state: 'works',
      words: 'Unable to determine the device handle for GPU0000:17:00.0: Unknown Error',
    });
    expect(load.gpus).toMatchObject([{ index: 0, values: { util: 55 } }]);
  });

  it('asks pmon for processes where the query for them is not supported', async (test) => {
    const machine = aMachine(test, { bin });
    const child = spawn('sleep', ['300']);
    test.onTestFinished(() => {
      child.kill('SIGKILL');
    });
    machine.show('all', fixture('query-gpu.h200-load.csv'));
    const table = fixture('pmon.pre550-with-fb.txt').toString();
    machine.show(
      'pmon',
      table.replace('447153', String(child.pid).padStart(6)).replace('python3.9', 'sleep'),
    );
    await machine.attach();
    const samples = aWindow(test);
    samples.watch(machine);
    const load = await seen(samples, machine, 'processes', (one) => (one.processes?.length ?? 0) > 1);
    const processes = [...(load.processes ?? [])].sort((a, b) => (a.gpu ?? 0) - (b.gpu ?? 0));
    expect(processes).toMatchObject([
      { pid: child.pid, gpu: 0, memUsed: 7669 * 1_048_576, identity: { command: 'sleep 300' } },
      { pid: 2233095, gpu: 1, name: 'python3' },
    ]);
    expect(machine.asked().filter((words) => words.startsWith('pmon'))).toEqual(['pmon -s um -d 3']);
  });

  it('tells the instances of a GPU that is split, and whether it computes', async (test) => {
    const machine = aMachine(test, { bin });
    machine.show('all', fixture('query-gpu.mig-load.csv'));
    machine.show('mig', 'Enabled');
    machine.show('list', fixture('list-L.mig.txt'));
    await machine.attach();
    const samples = aWindow(test);
    samples.watch(machine);
    const load = await seen(samples, machine, 'a GPU', (one) => one.gpus[0]?.t !== undefined);
    expect(load.gpus[0]?.instances).toEqual(['1c.3g.71gb', '2g.35gb', '1g.18gb']);
    expect(load.gpus.map(gpuUse)).toEqual(['used']);
  });

  it('without nvidia-smi says so, and asks rocm-smi where that is', async (test) => {
    const machine = aMachine(test, { bin, gpus: false });
    await machine.attach();
    const samples = aWindow(test);
    const watching = samples.watch(machine);
    await seen(samples, machine, 'no GPUs', (one) => one.tool.state === 'none');
    watching.dispose();
    await until('nothing to run', () => machine.processes().length === 0);
    machine.program('rocm-smi', `#!/bin/sh\ncat <<'END'\n${String(fixture('rocm-smi.json'))}\nEND\n`);
    const again = aWindow(test);
    again.watch(machine);
    const load = await seen(again, machine, 'GPUs', (one) => one.gpus.length === 3);
    expect(load.gpus.map(gpuUse)).toEqual([0, 19, undefined]);
  });

  it('stops a process if it is still the same one', async (test) => {
    const machine = aMachine(test, { bin });
    const samples = aWindow(test);
    const child = spawn('sleep', ['300']);
    const ended = new Promise((done) =>
      child.once('exit', (_, signal) => {
        done(signal);
      }),
    );
    const pid = child.pid ?? 0;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    expect(await samples.signal(machine, { pid, start: '1' }, 'TERM', never)).toBe(false);
    expect(await samples.signal(machine, { pid, start }, '0', never)).toBe(true);
    expect(await samples.signal(machine, { pid, start }, 'TERM', never)).toBe(true);
    expect(await ended).toBe('SIGTERM');
    expect(await samples.signal(machine, { pid, start }, '0', never)).toBe(false);
  });
});
