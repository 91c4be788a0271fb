import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CellRecord } from '../../../src/core/notebook/cellRecord';
import type { KernelInfo } from '../../../src/core/notebook/kernel';
import { defaultSettings } from '../../../src/core/settings';
import type { ServerPrompts } from '../../../src/services/notebooks/jupyterServer';
import type { Kernels } from '../../../src/services/notebooks/kernels';
import { Notebooks } from '../../../src/services/notebooks/notebooks';
import { ensureJupyter, jupyterEnvironment } from '../../../scripts/python.mjs';
import { processesWith } from '../processes';
import { until } from '../until';
import { FlakyMachine } from './flakyMachine';

/** Agrees to all that a server asks. */
export const agreeing: ServerPrompts = {
  install: () => Promise.resolve(true),
  replace: () => Promise.resolve(true),
  progress: () => undefined,
};

const never = new AbortController().signal;

/** A machine with a home folder of its own and Jupyter on its PATH, and windows that work on it. */
export class NotebookMachine {
  private readonly windows: Notebooks[] = [];

  private constructor(
    readonly home: string,
    readonly machine: FlakyMachine,
  ) {}

  static async make(): Promise<NotebookMachine> {
    await ensureJupyter();
    const home = await mkdtemp(join(tmpdir(), 'trainyard-notebooks-'));
    const PATH = `${jupyterEnvironment()}/bin:${process.env.PATH ?? ''}`;
    const machine = new FlakyMachine(home, { PATH });
    await machine.attach();
    return new NotebookMachine(home, machine);
  }

  /** One more window, which knows nothing of the others but their state folder. */
  window(state = 'state', remoteFolder = resolve('src/remote')): Notebooks {
    const options = {
      home: join(this.home, state),
      remoteFolder,
      setting: (key: keyof typeof defaultSettings) => defaultSettings[key] as never,
    };
    const window = new Notebooks(options);
    this.windows.push(window);
    return window;
  }

  /** A window's kernels, with the server running. */
  async kernels(window = this.window()): Promise<Kernels> {
    const kernels = window.on(this.machine);
    await kernels.server.ensure(agreeing, never);
    return kernels;
  }

  async kernel(kernels: Kernels, spec = ''): Promise<KernelInfo> {
    return kernels.start({ id: randomUUID(), spec, notebook: 'a.ipynb' }, never);
  }

  /** Whatever a test left, and however it failed: nothing that was started here is there afterwards. */
  async end(): Promise<void> {
    this.machine.mend();
    for (const window of this.windows) window.dispose();
    await until('nothing of it runs', () => {
      const left = processesWith(this.home);
      for (const pid of left) kill(pid);
      return left.length === 0;
    });
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Runs code and gives all that came of it. */
export async function runCode(
  kernels: Kernels,
  kernel: KernelInfo,
  code: string,
  seen: (record: CellRecord, cell: string) => void = () => undefined,
): Promise<CellRecord[]> {
  const cell = randomUUID();
  await kernels.run(cell, kernel.id, code, never);
  const records: CellRecord[] = [];
  for await (const record of kernels.follow(cell, never)) {
    records.push(record);
    seen(record, cell);
  }
  return records;
}

/** What the records print. */
export function printed(records: readonly CellRecord[]): string {
  return records.map((record) => (record.type === 'stream' ? record.text : '')).join('');
}
