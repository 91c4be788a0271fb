import * as vscode from 'vscode';
import { CancelledError, ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';
import type { AttachedMachines } from '../../services/machines/attachedMachines';
import type { Kernels } from '../../services/notebooks/kernels';
import type { CellRun, NotebookRecord } from '../../services/notebooks/notebookRuns';
import type { Notebooks } from '../../services/notebooks/notebooks';
import { showFailure } from '../runCommand';
import { CellView } from './cellView';
import { askInput } from './askInput';
import { updateDisplays } from './otherDisplays';
import { prepareServer } from './prepareServer';

export interface SessionOptions {
  readonly notebook: vscode.NotebookDocument;
  readonly machine: Machine;
  /** Empty: the machine's default kernel. */
  readonly spec: string;
  readonly notebooks: Notebooks;
  readonly attached: AttachedMachines;
  readonly log: vscode.LogOutputChannel;
  /** The server runs: what it offers may be shown. */
  readonly serverReady: () => void;
}

/** Milliseconds after a run's end in which the editor writes its own backup of the notebook. */
const backup = 5000;

/**
 * One notebook and its kernel on a machine. The machine runs its cells whether this window is there or not; the session sends them,
 * shows what they put out, and takes up those that an earlier window sent.
 */
export class NotebookSession {
  private readonly kernels: Kernels;
  private readonly uri: string;
  /** Aborted with the session: what runs on the machine goes on. */
  private readonly ended = new AbortController();
  private starting: AbortController | undefined;
  private following: Promise<void> = Promise.resolve();
  private readonly shown = new Set<string>();
  /** The last one of each cell. */
  private readonly views = new WeakMap<vscode.NotebookCell, CellView>();

  constructor(private readonly options: SessionOptions) {
    this.kernels = options.notebooks.on(options.machine);
    this.uri = options.notebook.uri.toString();
  }

  get machine(): Machine {
    return this.options.machine;
  }

  get spec(): string {
    return this.options.spec;
  }

  /** Sends cells to the kernel, which runs them one after the other, and shows them to their end. */
  async run(cells: readonly vscode.NotebookCell[], controller: vscode.NotebookController): Promise<void> {
    const views = cells.map((cell) => ({ cell, view: this.view(cell, controller) }));
    const sent: { run: string; view: CellView }[] = [];
    try {
      let kernel = await this.kernel();
      for (const { cell, view } of views) {
        const run = crypto.randomUUID();
        this.shown.add(run);
        const code = cell.document.getText();
        await this.remember(cell, run, code);
        kernel = await this.send(run, kernel, code);
        sent.push({ run, view });
      }
    } catch (error) {
      for (const { view } of views.slice(sent.length)) view.stop();
      showFailure(this.options.log, error);
    }
    await this.follow(sent);
  }

  /** Shows the cells that an earlier window sent and that nobody has shown to their end. */
  async resume(controller: vscode.NotebookController): Promise<void> {
    const record = await this.record();
    const open = record?.runs.filter(({ run }) => !this.shown.has(run)) ?? [];
    if (open.length === 0) return;
    const found: { run: string; view: CellView }[] = [];
    for (const run of open) {
      this.shown.add(run.run);
      const cell = cellOf(this.options.notebook, run);
      // The cell was deleted: nobody can show what it puts out.
      if (!cell) await this.forget(run.run);
      else found.push({ run: run.run, view: this.view(cell, controller) });
    }
    if (this.machine.status.state === 'detached') void this.attachQuietly();
    await this.follow(found);
  }

  /** The id of its kernel; `undefined` where it has none yet. */
  async kernelId(): Promise<string | undefined> {
    return (await this.record())?.kernel;
  }

  async interrupt(): Promise<void> {
    this.starting?.abort();
    const kernel = await this.kernelId();
    if (kernel !== undefined) await this.kernels.interrupt(kernel, this.ended.signal);
  }

  dispose(): void {
    this.ended.abort();
  }

  private view(cell: vscode.NotebookCell, controller: vscode.NotebookController): CellView {
    const execution = controller.createNotebookCellExecution(cell);
    const isRunning = (other: vscode.NotebookCell) => this.views.get(other)?.ended === false;
    const view = new CellView(execution, (display, output) =>
      updateDisplays({ display, output, cell, controller, isRunning }),
    );
    this.views.set(cell, view);
    return view;
  }

  private async follow(sent: readonly { run: string; view: CellView }[]): Promise<void> {
    const before = this.following;
    const work = (async () => {
      await before;
      for (const { run, view } of sent) await this.show(run, view);
    })();
    this.following = work;
    await work;
  }

  private async show(run: string, view: CellView): Promise<void> {
    const { signal } = this.ended;
    try {
      await view.show(this.kernels.follow(run, signal), (question, aborted) =>
        askInput(this.kernels, run, question, AbortSignal.any([aborted, signal])),
      );
      // Only once the editor has it safe: a window that dies before shows it again, which is the same.
      setTimeout(() => void this.forget(run), backup);
    } catch (error) {
      view.stop();
      if (!(error instanceof CancelledError)) showFailure(this.options.log, error);
    }
  }

  /** The notebook's kernel, started where it has none. */
  private async kernel(): Promise<string> {
    const starting = (this.starting = new AbortController());
    const signal = AbortSignal.any([starting.signal, this.ended.signal]);
    if (!this.kernels.server.known) await prepareServer(this.kernels.server, this.options.attached, signal);
    this.options.serverReady();
    const record = await this.record();
    if (record) return record.kernel;
    return this.start(signal);
  }

  private async start(signal: AbortSignal): Promise<string> {
    const kernel = crypto.randomUUID();
    const name = this.options.notebook.uri.path.replace(/.*\//, '');
    await this.kernels.start({ id: kernel, spec: this.spec, notebook: name }, signal);
    const { machine, spec } = this;
    await this.options.notebooks.runs.update(this.uri, (old) => ({
      machine: machine.id,
      spec,
      kernel,
      runs: old?.runs ?? [],
    }));
    return kernel;
  }

  /** Sends a cell to `kernel`, or to a new one where that has gone; gives the kernel that has it. */
  private async send(run: string, kernel: string, code: string): Promise<string> {
    const { signal } = this.ended;
    try {
      await this.kernels.run(run, kernel, code, signal);
      return kernel;
    } catch (error) {
      if (!(error instanceof ProviderError) || !['notFound', 'network'].includes(error.kind)) throw error;
    }
    // Gone with its server or shut down; or the connection broke, and the same request is made once more.
    await prepareServer(this.kernels.server, this.options.attached, signal);
    const running = await this.kernels.list({}, signal);
    if (running.some(({ id }) => id === kernel)) {
      await this.kernels.run(run, kernel, code, signal);
      return kernel;
    }
    const started = await this.start(signal);
    void vscode.window.showInformationMessage(
      `The kernel of ${this.options.notebook.uri.path.replace(/.*\//, '')} on ${this.machine.label} had ended. A new one runs, without the variables of the old one.`,
    );
    await this.kernels.run(run, started, code, signal);
    return started;
  }

  private async record(): Promise<NotebookRecord | undefined> {
    const record = await this.options.notebooks.runs.get(this.uri);
    return record?.machine === this.machine.id && record.spec === this.spec ? record : undefined;
  }

  private remember(cell: vscode.NotebookCell, run: string, code: string): Promise<void> {
    const id: unknown = (cell.metadata as { readonly id?: unknown }).id;
    const entry: CellRun = {
      run,
      index: cell.index,
      code,
      ...(typeof id === 'string' && { cell: id }),
    };
    return this.options.notebooks.runs.update(
      this.uri,
      (record) => record && { ...record, runs: [...record.runs, entry] },
    );
  }

  private forget(run: string): Promise<void> {
    return this.options.notebooks.runs.update(
      this.uri,
      (record) => record && { ...record, runs: record.runs.filter((entry) => entry.run !== run) },
    );
  }

  /** A window that came back asks nobody anything; where the machine needs an answer, it says what waits for it. */
  private async attachQuietly(): Promise<void> {
    try {
      await this.options.attached.settled(this.machine.id, this.ended.signal);
      if (this.machine.status.state !== 'detached') return;
      await this.machine.attach({ quiet: true }, this.ended.signal);
    } catch (error) {
      if (error instanceof CancelledError) return;
      const chosen = await vscode.window.showWarningMessage(
        `A cell of ${this.options.notebook.uri.path.replace(/.*\//, '')} runs on ${this.machine.label}, which is not attached. Its output waits there.`,
        'Attach',
      );
      if (chosen === 'Attach') await this.options.attached.attach(this.machine, {}, this.ended.signal);
    }
  }
}

/** By its id, else where it was, else wherever the same code stands. */
function cellOf(notebook: vscode.NotebookDocument, run: CellRun): vscode.NotebookCell | undefined {
  const cells = notebook.getCells().filter(({ kind }) => kind === vscode.NotebookCellKind.Code);
  const same = (cell: vscode.NotebookCell) => cell.document.getText() === run.code;
  return (
    cells.find(({ metadata }) => run.cell !== undefined && (metadata as { id?: unknown }).id === run.cell) ??
    cells.find((cell) => cell.index === run.index && same(cell)) ??
    cells.find(same)
  );
}
