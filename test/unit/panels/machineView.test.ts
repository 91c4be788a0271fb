import { describe, expect, it } from 'vitest';
import type { GpuTool, MachineLoad } from '../../../src/core/load/machineLoad';
import { checkedMachineId, checkedProcess } from '../../../src/ui/panels/machinePanel/machineChecks';
import { MachineCharts } from '../../../src/ui/panels/machinePanel/machineCharts';
import { machineView } from '../../../src/ui/panels/machinePanel/machineView';
import { LoadHistory } from '../../../src/services/samples/loadHistory';
import { anInstance, FakeMachine } from '../../fakes/machines';

const now = 1_764_000_000_000;

function entry(hourlyUsd: number | null = null, problem?: string) {
  const machine = new FakeMachine('ssh/gpu-1');
  machine.become('attached', problem);
  return {
    instance: anInstance({ id: 'ssh/gpu-1', label: 'gpu-1', hourlyUsd, facts: [] }),
    machine: machine.asMachine(),
  };
}

const load: MachineLoad = {
  t: now,
  host: {
    system: 'Linux 6.8',
    values: { up: 7200, load: 1.5, diskFree: 5e9, diskTotal: 1e10, memTotal: 64e9, memUsed: 1e9, cpu: 3 },
    cores: [1, 2],
  },
  tool: { state: 'works' },
  gpus: [
    {
      index: 0,
      name: 'NVIDIA A100',
      instances: ['3g.20gb'],
      t: now,
      values: {
        util: 88.4,
        memUsed: 31 * 2 ** 30,
        memTotal: 40 * 2 ** 30,
        temp: 67,
        power: 391.2,
        powerLimit: 400,
      },
    },
    { index: 1, instances: [], values: {} },
  ],
  processes: [
    {
      pid: 42,
      gpu: 0,
      memUsed: 2e9,
      name: 'python',
      owner: 'train.ipynb',
      identity: { start: '7', startedAt: now - 120_000, user: 'ana', command: 'python \u202etrain.py' },
    },
    { pid: 43, name: '' },
  ],
  users: [{ user: 'ana', from: 'pts/0' }],
};

describe('what a panel shows of a machine', () => {
  it('is all words, each harmless', () => {
    const view = machineView(entry(6), load, undefined, now);
    expect(view.facts.map(({ value }) => value)).toEqual([
      'up 2 h',
      '$6.00/h',
      '≈ $12.00 since it started',
      'load 1.5',
      '5.0 GB free of 10 GB',
      'Linux 6.8',
    ]);
    expect(view.gpus).toEqual([
      {
        index: 0,
        answers: true,
        name: 'NVIDIA A100',
        util: 88.4,
        use: '88 %',
        memory: '31/40 GB',
        temperature: '67 °C',
        power: '391/400 W',
        note: 'MIG: 3g.20gb',
      },
      {
        ...{ index: 1, answers: false, name: '', use: 'not answering' },
        ...{ memory: '', temperature: '', power: '', note: '' },
      },
    ]);
    expect(view.processes).toEqual([
      {
        pid: 42,
        gpu: '0',
        memory: '1.9 GB',
        user: 'ana',
        command: 'python  train.py',
        owner: 'train.ipynb',
        started: '2 m ago',
        start: '7',
      },
      { pid: 43, gpu: '', memory: '', user: '', command: '', owner: '', started: '' },
    ]);
    expect(view.live).toBe(true);
  });

  it('has no price where none is known', () => {
    expect(machineView(entry(), load, undefined, now).facts.map(({ name }) => name)).not.toContain('Price');
  });

  it('says why there is nothing', () => {
    expect(
      machineView(entry(null, 'The key was refused.'), undefined, 'The sampler ended.', now),
    ).toMatchObject({
      live: false,
      problem: 'The key was refused.',
      processes: null,
      gpus: [],
    });
    expect(machineView(entry(), undefined, 'The sampler ended.', now).problem).toBe('The sampler ended.');
  });

  it.each<[GpuTool, string | undefined, RegExp]>([
    [{ state: 'none' }, 'info', /^No GPU was found/],
    [{ state: 'asked' }, 'info', /not answered yet/],
    [{ state: 'silent' }, 'warning', /hangs/],
    [{ state: 'failed', words: 'No devices were found' }, 'warning', /It says: No devices were found$/],
    [{ state: 'works', words: 'Unable' }, 'warning', /It says: Unable$/],
    [{ state: 'works' }, undefined, /^$/],
  ])('says how the tool is: %j', (tool, severity, text) => {
    const { gpuNote } = machineView(entry(), { ...load, tool }, undefined, now);
    expect(gpuNote?.severity).toBe(severity);
    expect(gpuNote?.text ?? '').toMatch(text);
  });
});

describe('what a panel sends', () => {
  it('is a process that can be named', () => {
    expect(checkedProcess({ pid: 42, start: '77', more: 1 })).toEqual({ pid: 42, start: '77' });
  });

  it.each([
    null,
    {},
    { pid: 1, start: '1' },
    { pid: -5, start: '1' },
    { pid: 4.5, start: '1' },
    { pid: 42, start: '1; rm' },
    { pid: 42, start: '' },
    { pid: '42', start: '1' },
  ])('is refused: %j', (value) => {
    expect(() => checkedProcess(value)).toThrow('The panel sent something that is no');
  });

  it('is the id of a machine', () => {
    expect(checkedMachineId('ssh/gpu-1')).toBe('ssh/gpu-1');
    expect(() => checkedMachineId(7)).toThrow();
  });
});

describe('the charts of a machine', () => {
  it('are GPUs and the host, with what there is of memory as their scale', () => {
    const history = new LoadHistory();
    history.add(load);
    const charts = new MachineCharts(
      () => history,
      () => load,
    );
    const { charts: list } = charts.list();
    expect(list.map(({ title }) => title)).toEqual([
      'GPU use',
      'GPU memory',
      'GPU power',
      'GPU temperature',
      'CPU',
      'CPU cores',
      'Memory',
    ]);
    expect(list.find(({ title }) => title === 'GPU memory')?.limit).toBe(40);
    const data = charts.chart({
      id: 'host.cores',
      node: null,
      axis: 'time',
      range: null,
      by: 'time',
      smoothing: 0,
      columns: 100,
      lines: 1,
      held: null,
    });
    expect(data.spread).toBe(true);
  });

  it('are none of a machine that is not watched', () => {
    const charts = new MachineCharts(
      () => undefined,
      () => undefined,
    );
    expect(charts.list()).toEqual({ charts: [], series: 0, notes: [] });
  });
});
