import * as vscode from 'vscode';
import type { Machine } from '../../core/machine';
import type { Disposable } from '../../lib/disposables';
import { Disposables } from '../../lib/disposables';
import type { Core } from '../../services/core';
import type { Host } from '../host';
import { runCommand } from '../runCommand';
import { mayRunCells } from '../trust';
import { Controllers, type KernelChoice } from './controllers';
import type { NotebookSession } from './notebookSession';
import { RememberedKernels } from './rememberedKernels';

/** Notebooks on machines: the kernels that the editor offers, and each open notebook's session with its own. */
export class NotebookSupport implements Disposable {
  private readonly held = new Disposables();
  private readonly sessions = new Map<string, NotebookSession>();
  /** The kernel that each open notebook has now, known before its session is. */
  private readonly chosen = new Map<string, KernelChoice>();
  private offered = false;
  private anyAttached = false;
  readonly controllers: Controllers;

  constructor(private readonly host: Host) {
    const run = async (work: () => Promise<unknown>) => {
      await runCommand(host.log, work);
    };
    this.controllers = this.held.add(
      new Controllers(new RememberedKernels(host.extension.globalState), {
        run: (cells, notebook, controller, choice) =>
          run(() => this.run(cells, notebook, controller, choice)),
        interrupt: (notebook) => run(async () => this.sessions.get(key(notebook))?.interrupt()),
        selected: (notebook, controller, choice) => {
          this.chosen.set(key(notebook), choice);
          void run(() => this.resume(notebook, controller, choice));
        },
        left: (notebook, choice) => {
          // The new one may have been told first.
          if (this.chosen.get(key(notebook)) === choice) this.chosen.delete(key(notebook));
        },
      }),
    );
    this.held.add(
      vscode.workspace.onDidCloseNotebookDocument((notebook) => {
        this.sessions.get(key(notebook))?.dispose();
        this.sessions.delete(key(notebook));
        this.chosen.delete(key(notebook));
      }),
    );
    this.held.add(host.core.whenOpen((core) => this.watchMachines(core)));
  }

  /** The session of a notebook that runs on a machine; by default of the one in front. */
  session(notebook = vscode.window.activeNotebookEditor?.notebook): NotebookSession | undefined {
    return notebook && this.sessions.get(key(notebook));
  }

  /** Id of the machine that a notebook's kernel is on; `undefined` where it has none of ours. */
  machineOf(notebook: vscode.NotebookDocument): string | undefined {
    return this.chosen.get(key(notebook))?.machine;
  }

  /** Has the kernel picker offer a machine. */
  async offer(machine: Machine): Promise<void> {
    await this.controllers.offer({ id: machine.id, label: machine.label, specs: [] });
  }

  dispose(): void {
    for (const session of this.sessions.values()) session.dispose();
    this.held.dispose();
  }

  private async run(
    cells: readonly vscode.NotebookCell[],
    notebook: vscode.NotebookDocument,
    controller: vscode.NotebookController,
    choice: KernelChoice,
  ): Promise<void> {
    if (!(await mayRunCells())) return;
    if (choice.machine !== undefined) {
      await (await this.open(notebook, choice.machine, choice.spec)).run(cells, controller);
      return;
    }
    const { targetMachine } = await import('../commands/machineTarget');
    const machine = await targetMachine(this.host, undefined, {
      question: 'Run this notebook on which machine?',
      none: 'There are no machines yet.',
    });
    if (!machine) return;
    await this.offer(machine);
    const editor = vscode.window.visibleNotebookEditors.find((shown) => shown.notebook === notebook);
    if (!editor) return;
    await this.controllers.select(editor, machine.id);
    const chosen = this.controllers.get(machine.id);
    if (chosen) await (await this.open(notebook, machine.id, '')).run(cells, chosen);
  }

  private async resume(
    notebook: vscode.NotebookDocument,
    controller: vscode.NotebookController,
    { machine, spec }: KernelChoice,
  ): Promise<void> {
    if (machine === undefined || !vscode.workspace.isTrusted) return;
    await (await this.open(notebook, machine, spec)).resume(controller);
  }

  /** The session of a notebook on that machine; one on another machine is left, with its kernel. */
  private async open(
    notebook: vscode.NotebookDocument,
    machineId: string,
    spec: string,
  ): Promise<NotebookSession> {
    const [core, { NotebookSession: Session }] = await Promise.all([
      this.host.core.get(),
      import('./notebookSession'),
    ]);
    const machine = await core.machines.get(machineId);
    const known = this.sessions.get(key(notebook));
    if (known?.machine === machine && known.spec === spec) return known;
    known?.dispose();
    const session = new Session({
      notebook,
      machine,
      spec,
      notebooks: core.notebooks,
      attached: core.attached,
      log: this.host.log,
      serverReady: () => {
        void this.learnSpecs(core, machine);
      },
    });
    this.sessions.set(key(notebook), session);
    return session;
  }

  /** Machines that are attached are offered, with their kernels where their server runs. */
  private watchMachines(core: Core): Disposable {
    const held = new Disposables();
    const watched = new Set<string>();
    held.add(
      vscode.workspace.onDidOpenNotebookDocument(() => {
        this.offerToJupyter(core);
      }),
    );
    const look = async () => {
      for (const { machine } of await core.machines.list(new AbortController().signal)) {
        if (watched.has(machine.id)) continue;
        watched.add(machine.id);
        const attached = () => {
          if (machine.status.state === 'attached') void this.attached(core, machine);
        };
        held.add(machine.onDidChangeStatus(attached));
        attached();
      }
    };
    const start = () => void look().catch(() => undefined);
    held.add(core.machines.onDidChange(start));
    start();
    return held;
  }

  private async attached(core: Core, machine: Machine): Promise<void> {
    await this.offer(machine);
    this.anyAttached = true;
    this.offerToJupyter(core);
    const { server } = core.notebooks.on(machine);
    // Whether a server runs there from before. Where it can't be found out, nothing more is offered.
    const found = await server.find({ quiet: true }, AbortSignal.timeout(60_000)).catch(() => undefined);
    if (found?.running) await this.learnSpecs(core, machine);
  }

  /** Only once somebody has a notebook open and a machine to run it on: starting the other extension is not for free. */
  private offerToJupyter(core: Core): void {
    if (this.offered || !this.anyAttached || vscode.workspace.notebookDocuments.length === 0) return;
    if (!vscode.extensions.getExtension('ms-toolsai.jupyter')) return;
    this.offered = true;
    void runCommand(this.host.log, async () => {
      const { jupyterApi, offerToJupyter } = await import('./jupyterExtension');
      const api = await jupyterApi();
      if (api) this.held.add(offerToJupyter(core, api));
    });
  }

  private async learnSpecs(core: Core, machine: Machine): Promise<void> {
    const specs = await core.notebooks
      .on(machine)
      .specs(AbortSignal.timeout(30_000))
      .catch(() => []);
    const python = specs.filter(({ language }) => language === 'python');
    await this.controllers.offer({ id: machine.id, label: machine.label, specs: python });
  }
}

function key(notebook: vscode.NotebookDocument): string {
  return notebook.uri.toString();
}
