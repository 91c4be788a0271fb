import { describe, expect, it } from 'vitest';
import type { GpuLoad, GpuProcess, MachineLoad } from '../../../src/core/load/machineLoad';
import {
  gpuRows,
  gpuWords,
  memoryText,
  modelName,
  processName,
  useText,
} from '../../../src/ui/trees/machineRows/gpuRows';

const GiB = 2 ** 30;

function aGpu(index: number, part: Partial<GpuLoad> = {}): GpuLoad {
  return {
    index,
    name: 'NVIDIA A100-SXM4-40GB',
    instances: [],
    t: 1,
    values: { util: 88, memUsed: 31 * GiB, memTotal: 40 * GiB, temp: 67 },
    ...part,
  };
}

function aLoad(gpus: readonly GpuLoad[], part: Partial<MachineLoad> = {}): MachineLoad {
  return {
    t: 1,
    host: { values: { cpu: 12.4 }, cores: [] },
    tool: { state: 'works' },
    gpus,
    users: [],
    ...part,
  };
}

const process = (
  pid: number,
  gpu: number,
  memUsed: number,
  command = 'python train.py',
  user = 'ana',
): GpuProcess => ({
  pid,
  gpu,
  memUsed,
  name: 'python',
  identity: { start: '1', startedAt: 1, user, command },
});

describe('the line of a machine', () => {
  it.each<[string, MachineLoad, readonly string[]]>([
    ['models and mean use', aLoad([aGpu(0), aGpu(1, { values: { util: 78 } })]), ['2×A100', 'GPU 83 %']],
    ['models that differ', aLoad([aGpu(0), aGpu(1, { name: 'NVIDIA H200' })]), ['A100 + H200', 'GPU 88 %']],
    [
      'a GPU that is split and computes',
      aLoad([aGpu(0, { values: {}, busy: true })]),
      ['A100', 'GPU in use'],
    ],
    ['a GPU that is split and idle', aLoad([aGpu(0, { values: {}, busy: false })]), ['A100', 'GPU idle']],
    [
      'some that are used, where only that is known',
      aLoad([aGpu(0, { values: {}, busy: true }), aGpu(1, { values: {}, busy: false })]),
      ['2×A100', '1 of 2 in use'],
    ],
    [
      'a tool that hangs',
      aLoad([aGpu(0, { values: {} })], { tool: { state: 'silent' } }),
      ['A100', 'GPU not answering'],
    ],
    ['a driver that fails', aLoad([], { tool: { state: 'failed' } }), ['GPU driver fails', 'CPU 12 %']],
    ['no GPU', aLoad([], { tool: { state: 'none' } }), ['no GPU', 'CPU 12 %']],
    ['nothing that is known', aLoad([], { tool: { state: 'asked' }, host: { values: {}, cores: [] } }), []],
  ])('tells %s', (_, load, words) => {
    expect(gpuWords(load)).toEqual(words);
  });
});

describe('the row of a GPU', () => {
  it('tells use, memory, temperature and who uses it', () => {
    const load = aLoad([aGpu(0)], {
      processes: [process(7, 0, GiB, 'python eval.py'), process(8, 0, 30 * GiB)],
    });
    const [part] = gpuRows(load);
    expect(part?.row.label).toBe('GPU 0');
    expect(part?.row.description).toBe('████ 88 % 31/40 GB 67 °C · train.py (ana) and 1 more');
    // For where the side bar is too narrow for all of it.
    expect(part?.row.tooltip?.facts).toEqual(
      expect.arrayContaining([
        ['Memory', '31/40 GB'],
        ['Temperature', '67 °C'],
      ]),
    );
  });

  it('names the notebook that a process belongs to', () => {
    const load = aLoad([aGpu(0)], { processes: [{ ...process(7, 0, GiB), owner: 'train.ipynb' }] });
    expect(gpuRows(load)[0]?.row.description).toContain('train.ipynb (ana)');
  });

  it('leaves out what is not known, and never says 0 for it', () => {
    const [part] = gpuRows(aLoad([aGpu(3, { values: {} })]));
    expect(part?.row.description).toBe('use unknown');
  });

  it('says that a GPU no longer answers', () => {
    const lost: GpuLoad = { index: 1, instances: [], values: { memTotal: 40 * GiB } };
    const [row, other] = gpuRows(
      aLoad([lost], { tool: { state: 'works', words: 'Unable to determine the device handle' } }),
    );
    expect(row?.row).toMatchObject({
      label: 'GPU tool warns',
      description: 'Unable to determine the device handle',
    });
    expect(other?.row).toMatchObject({ description: 'not answering · 40 GB', icon: { id: 'warning' } });
  });

  it('shows words of a machine as one plain line', () => {
    const evil = process(7, 0, GiB, '\u202eevil\u001b[31m\nname', 'a');
    expect(gpuRows(aLoad([aGpu(0)], { processes: [evil] }))[0]?.row.description).not.toMatch(
      /[\p{Cc}\p{Cf}]/u,
    );
  });

  it.each([
    [0, '░░░░ 0 %'],
    [1, '█░░░ 1 %'],
    [50, '██░░ 50 %'],
    [100, '████ 100 %'],
  ])('draws a use of %d', (util, text) => {
    expect(useText(aGpu(0, { values: { util } }))).toBe(text);
  });

  it.each([
    [{ memUsed: 31.4 * GiB, memTotal: 40 * GiB }, '31/40 GB'],
    [{ memUsed: 0, memTotal: 140.4 * GiB }, '0/140 GB'],
    [{ memUsed: 0.2 * GiB, memTotal: 8 * GiB }, '0.2/8.0 GB'],
    [{ memTotal: 40 * GiB }, '40 GB'],
    [{}, undefined],
  ])('tells memory: %j', (values, text) => {
    expect(memoryText(aGpu(0, { values }))).toBe(text);
  });

  it.each([
    ['NVIDIA A100-SXM4-80GB', 'A100'],
    ['NVIDIA H100 80GB HBM3', 'H100'],
    ['NVIDIA H200', 'H200'],
    ['NVIDIA GeForce RTX 2080 SUPER', 'RTX 2080 SUPER'],
    ['GeForce GT 1030', 'GT 1030'],
    ['Tesla V100-PCIE-16GB', 'V100'],
    ['Radeon RX 7900 XT', 'RX 7900 XT'],
    [undefined, 'GPU'],
  ])('shortens the model %j', (name, short) => {
    expect(modelName(name === undefined ? {} : { name })).toBe(short);
  });

  it.each([
    ['/usr/bin/python3 -u /home/ana/train.py --lr 1', 'train.py'],
    ['python -m torch.distributed.run --nproc 2 t.py', 'torch.distributed.run'],
    ['python', 'python'],
    ['./gpu_burn 60', 'gpu_burn'],
    ['ray::Trainer', 'ray::Trainer'],
  ])('calls the process %j %j', (command, name) => {
    expect(processName(process(1, 0, 1, command))).toBe(name);
  });
});
