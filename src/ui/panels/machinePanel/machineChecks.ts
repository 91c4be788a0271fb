import type { ProcessName } from '../../../services/samples/machineSamples';
import { record, whole, words } from '../checks';

/** Id of a machine, such as `ssh/gpu-1`. */
export function checkedMachineId(value: unknown): string {
  return words(value, 1000, 'machine id');
}

export function checkedProcess(value: unknown): ProcessName {
  const { pid, start } = record(value, 'process');
  const token = words(start, 40, 'start time');
  if (!/^\d+$/.test(token)) throw new Error('The panel sent something that is no start time.');
  // The first process is the system's own.
  return { pid: whole(pid, 2, 2 ** 31, 'process id'), start: token };
}
