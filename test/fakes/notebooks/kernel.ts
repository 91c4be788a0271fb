import type { KernelInfo } from '../../../src/core/notebook/kernel';

export function aKernel(change: Partial<KernelInfo> = {}): KernelInfo {
  return {
    id: '11111111-aaaa',
    spec: 'python3',
    state: 'idle',
    pid: 4711,
    notebook: 'train.ipynb',
    started: 0,
    lastActivity: 0,
    running: null,
    queued: 0,
    ...change,
  };
}
