import * as vscode from 'vscode';
import type { Disposable } from '../../lib/disposables';
import type { RememberedKernels, RememberedMachine } from './rememberedKernels';

/** What a notebook is to run on. */
export interface KernelChoice {
  /** Id of the machine; `undefined` until a person picked one. */
  readonly machine: string | undefined;
  /** Empty: the machine's default. */
  readonly spec: string;
}

/** What happens to notebooks whose kernel is one of ours. */
export interface ControllerActions {
  run(
    cells: readonly vscode.NotebookCell[],
    notebook: vscode.NotebookDocument,
    controller: vscode.NotebookController,
    choice: KernelChoice,
  ): Promise<void>;
  interrupt(notebook: vscode.NotebookDocument): Promise<void>;
  selected(
    notebook: vscode.NotebookDocument,
    controller: vscode.NotebookController,
    choice: KernelChoice,
  ): void;
  /** Another kernel was picked for it. */
  left(notebook: vscode.NotebookDocument, choice: KernelChoice): void;
}

/**
 * The entries of the kernel picker: one for each kernel of the machines that notebooks ran on or that are attached, and one that asks
 * for another machine. They are there from the start, so that the editor finds the kernel that a notebook had.
 */
export class Controllers implements Disposable {
  private readonly made = new Map<string, vscode.NotebookController>();

  constructor(
    private readonly remembered: RememberedKernels,
    private readonly actions: ControllerActions,
  ) {
    this.make('trainyard/', 'Trainyard: Another Machine…', { machine: undefined, spec: '' });
    for (const machine of remembered.list()) this.show(machine);
  }

  /** Has the picker offer a machine, from now on. */
  async offer(machine: RememberedMachine): Promise<void> {
    await this.remembered.add(machine);
    this.show(this.remembered.list().find(({ id }) => id === machine.id) ?? machine);
  }

  /** Has the notebook of an editor run on a machine. */
  async select(editor: vscode.NotebookEditor, machine: string): Promise<void> {
    await vscode.commands.executeCommand('notebook.selectKernel', {
      notebookEditor: editor,
      id: controllerId(machine, ''),
      extension: 'trainyard.trainyard',
    });
  }

  get(machine: string): vscode.NotebookController | undefined {
    return this.made.get(controllerId(machine, ''));
  }

  dispose(): void {
    for (const controller of this.made.values()) controller.dispose();
  }

  private show({ id, label, specs }: RememberedMachine): void {
    const [first, ...others] = specs;
    const name = first ? `Trainyard: ${label} · ${first.label}` : `Trainyard: ${label}`;
    this.make(controllerId(id, ''), name, { machine: id, spec: '' }, id);
    for (const spec of others)
      this.make(
        controllerId(id, spec.name),
        `Trainyard: ${label} · ${spec.label}`,
        { machine: id, spec: spec.name },
        id,
      );
  }

  private make(id: string, label: string, choice: KernelChoice, description?: string): void {
    const known = this.made.get(id);
    const controller = known ?? vscode.notebooks.createNotebookController(id, 'jupyter-notebook', label);
    controller.label = label;
    if (description !== undefined) controller.description = description;
    if (known) return;
    controller.supportedLanguages = ['python'];
    controller.supportsExecutionOrder = true;
    controller.executeHandler = (cells, notebook) => this.actions.run(cells, notebook, controller, choice);
    controller.interruptHandler = (notebook) => this.actions.interrupt(notebook);
    controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => {
      if (selected) this.actions.selected(notebook, controller, choice);
      else this.actions.left(notebook, choice);
    });
    this.made.set(id, controller);
  }
}

function controllerId(machine: string, spec: string): string {
  return `trainyard/${machine}/${spec}`;
}
