import type * as vscode from 'vscode';
import { CellOutputs, type CellOutput, type OutputEdit } from '../../core/notebook/cellOutputs';
import type { CellRecord } from '../../core/notebook/cellRecord';
import { cellOutput, outputItems, streamItem } from './outputItems';

/** Milliseconds in which what comes is shown together. */
const pause = 80;

/** Pieces of text that are added to one output before it is written anew as one. */
const pieces = 200;

/** Answers a cell's question; `undefined` leaves it open. `signal` aborts when nobody waits for it any more. */
export type Ask = (question: Extract<CellRecord, { type: 'input' }>, signal: AbortSignal) => Promise<void>;

/** Shows what a display is now where other cells have it. */
export type Elsewhere = (display: string, output: CellOutput) => Promise<void>;

/** Shows the run of one cell in its notebook: what its records say, coalesced, from the first on. */
export class CellView {
  private readonly model = new CellOutputs();
  /** As the editor has them; `undefined` before the first look, when those of an earlier run still stand there. */
  private shown: vscode.NotebookCellOutput[] | undefined;
  private readonly added = new Map<vscode.NotebookCellOutput, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private drawing: Promise<void> = Promise.resolve();
  private question: AbortController | undefined;
  private started = false;
  private closed = false;

  constructor(
    private readonly execution: vscode.NotebookCellExecution,
    private readonly elsewhere: Elsewhere,
  ) {}

  /** Whether the editor's mark of the run is off the cell: until then it takes no other. */
  get ended(): boolean {
    return this.closed;
  }

  /** Shows all of a run, to its end. Throws what `records` throws; the cell stays as it is then, until `stop`. */
  async show(records: AsyncIterable<CellRecord>, ask: Ask): Promise<void> {
    try {
      for await (const record of records) {
        this.model.add(record);
        switch (record.type) {
          case 'started':
            this.start(record.t);
            if (record.count !== undefined) this.execution.executionOrder = record.count;
            break;
          case 'input':
            await this.draw();
            this.question = new AbortController();
            void ask(record, this.question.signal);
            break;
          case 'answered':
            this.question?.abort();
            break;
          case 'ended':
            await this.draw();
            if (record.status !== 'aborted') this.start(record.t);
            this.end(this.started ? record.status === 'ok' : undefined, record.t);
            return;
          default:
            break;
        }
        this.timer ??= setTimeout(() => {
          this.timer = undefined;
          void this.draw();
        }, pause);
      }
    } finally {
      clearTimeout(this.timer);
      this.question?.abort();
    }
  }

  /** Ends the cell's mark without a word of how it went: the run itself may go on. */
  stop(): void {
    this.end(undefined);
  }

  private end(success: boolean | undefined, t?: number): void {
    this.closed = true;
    this.execution.end(success, t);
  }

  private start(t: number): void {
    if (this.started) return;
    this.started = true;
    this.execution.start(t);
  }

  /** One change after the other, so that a slow editor is not flooded. */
  private draw(): Promise<void> {
    this.drawing = this.drawing.then(async () => {
      // A cell that only waits keeps what an earlier run left.
      if (!this.started) return;
      const edits = this.model.take();
      if (!this.shown || edits[0]?.kind === 'clear') await this.replaceAll(edits);
      else for (const edit of edits) await this.apply(edit, this.shown);
      for (const [display, output] of this.model.takeUpdates()) await this.elsewhere(display, output);
    });
    return this.drawing;
  }

  private async replaceAll(edits: readonly OutputEdit[]): Promise<void> {
    this.shown = edits.flatMap((edit) => (edit.kind === 'append' ? cellOutput(edit.output) : []));
    await this.execution.replaceOutput(this.shown);
  }

  private async apply(edit: OutputEdit, shown: vscode.NotebookCellOutput[]): Promise<void> {
    switch (edit.kind) {
      case 'clear':
        break;
      case 'append': {
        const output = cellOutput(edit.output);
        shown.push(output);
        await this.execution.appendOutput(output);
        break;
      }
      case 'replace': {
        const output = shown[edit.index];
        if (output) await this.execution.replaceOutputItems(outputItems(edit.output), output);
        break;
      }
      case 'extend': {
        const output = shown[edit.index];
        if (!output) break;
        const count = (this.added.get(output) ?? 0) + 1;
        this.added.set(output, count % pieces);
        if (count === pieces) await this.execution.replaceOutputItems(outputItems(edit.output), output);
        else await this.execution.appendOutputItems([streamItem(edit.output.name, edit.text)], output);
        break;
      }
    }
  }
}
