import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../../core/machine';
import type { KernelInfo } from '../../core/notebook/kernel';
import type { ReadSetting } from '../../core/settings';
import { Disposables, type Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import { JupyterServer } from './jupyterServer';
import { Kernels } from './kernels';
import { NotebookRuns } from './notebookRuns';
import { ServerScript } from './serverScript';
import { Tunnel } from './tunnel';

export interface NotebooksOptions {
  /** Absolute path of the state folder. */
  readonly home: string;
  readonly remoteFolder: string;
  readonly setting: ReadSetting;
}

/** Notebooks on machines: each machine's server and kernels, made when they are first asked for. */
export class Notebooks implements Disposable {
  private readonly held = new Disposables();
  private readonly machines = new Map<string, Kernels>();
  private readonly tunnels = new Map<string, Promise<Tunnel>>();
  private readonly script: ServerScript;
  private readonly changed = new Emitter<string>();

  /** Id of the machine whose kernels are others now, or in another state. */
  readonly onDidChangeKernels = this.changed.event;
  /** What each notebook runs on and which of its cells run. */
  readonly runs: NotebookRuns;

  constructor(private readonly options: NotebooksOptions) {
    this.script = new ServerScript(options.remoteFolder);
    this.runs = new NotebookRuns(join(options.home, 'notebooks'));
  }

  /** Nothing is asked of the machine yet. */
  on(machine: Machine): Kernels {
    const known = this.machines.get(machine.id);
    if (known) return known;
    const folder = () => this.options.setting('trainyard.notebooks.folder');
    const kernels = this.held.add(new Kernels(new JupyterServer(machine, this.script, folder)));
    this.machines.set(machine.id, kernels);
    kernels.onDidChange(() => {
      this.changed.fire(machine.id);
    });
    return kernels;
  }

  /** Machine and kernel by the kernel's id, where it was seen. */
  find(kernel: string): Kernels | undefined {
    return [...this.machines.values()].find((kernels) => kernels.of(kernel) !== undefined);
  }

  /** Of all machines, as they were last seen. */
  all(): readonly { readonly kernels: Kernels; readonly kernel: KernelInfo }[] {
    return [...this.machines.values()].flatMap((kernels) =>
      kernels.current.map((kernel) => ({ kernels, kernel })),
    );
  }

  /** The machine's server on a port of this computer, the same one each time where it is free. */
  async tunnel(machine: Machine): Promise<Tunnel> {
    const { server } = this.on(machine);
    let tunnel = this.tunnels.get(machine.id);
    if (!tunnel) {
      const folder = join(this.options.home, 'notebooks', 'ports');
      tunnel = mkdir(folder, { recursive: true, mode: 0o700 }).then(() =>
        Tunnel.open(join(folder, encodeURIComponent(machine.id)), machine, () => server.known?.port),
      );
      this.tunnels.set(machine.id, tunnel);
      tunnel.then(
        (opened) => this.held.add(opened),
        () => this.tunnels.delete(machine.id),
      );
    }
    return tunnel;
  }

  dispose(): void {
    this.held.dispose();
    this.changed.dispose();
  }
}
