import type * as vscode from 'vscode';

/** A machine that notebooks ran on, and the kernels that it had: what the kernel picker offers before anything is connected. */
export interface RememberedMachine {
  readonly id: string;
  readonly label: string;
  readonly specs: readonly { readonly name: string; readonly label: string }[];
}

const key = 'trainyard.notebookMachines';
/** Those used longest ago are forgotten. */
const most = 20;

export class RememberedKernels {
  constructor(private readonly memory: vscode.Memento) {}

  list(): readonly RememberedMachine[] {
    return this.memory.get<readonly RememberedMachine[]>(key, []);
  }

  async add(machine: RememberedMachine): Promise<void> {
    const others = this.list().filter(({ id }) => id !== machine.id);
    const known = this.list().find(({ id }) => id === machine.id);
    // Kernels stay known while their machine is away.
    const specs = machine.specs.length > 0 ? machine.specs : (known?.specs ?? []);
    await this.memory.update(key, [{ ...machine, specs }, ...others].slice(0, most));
  }
}
