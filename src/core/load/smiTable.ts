import { plainNumber } from './nvidiaRows';

/** One line of `nvidia-smi pmon` or `dmon`, its columns by their names; a dash is left out. */
export type SmiRow = ReadonlyMap<string, string>;

/**
 * What `nvidia-smi pmon` and `dmon` print. The columns change with the driver and its options, so they are known by the line
 * above them only: two lines that begin with `#`, names and units, again after each screenful. A command may hold spaces.
 */
export function parseSmiTable(text: string): readonly SmiRow[] {
  let names: readonly string[] = [];
  const rows: SmiRow[] = [];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '#') {
      if (words[1] !== 'Idx') names = words.slice(1);
      continue;
    }
    if (words.length < names.length || names.length === 0) continue;
    const last = names.length - 1;
    const cells = [...words.slice(0, last), words.slice(last).join(' ')];
    rows.push(new Map(names.flatMap((name, i) => (cells[i] === '-' ? [] : [[name, cells[i] ?? '']]))));
  }
  return rows;
}

/** A process on a GPU, as `pmon` tells it. */
export interface MonitoredProcess {
  readonly gpu: number;
  readonly pid: number;
  readonly command: string;
  readonly memUsed?: number;
}

const MiB = 1_048_576;

/** The processes of `pmon`; an idle GPU is a row of dashes and none. */
export function monitoredProcesses(text: string): readonly MonitoredProcess[] {
  return parseSmiTable(text).flatMap((row) => {
    const gpu = plainNumber(row.get('gpu'));
    const pid = plainNumber(row.get('pid'));
    if (gpu === undefined || pid === undefined) return [];
    const memory = plainNumber(row.get('fb'));
    const command = row.get('command') ?? '';
    return [{ gpu, pid, command, ...(memory !== undefined && { memUsed: memory * MiB }) }];
  });
}
