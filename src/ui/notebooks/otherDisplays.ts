import type * as vscode from 'vscode';
import type { CellOutput } from '../../core/notebook/cellOutputs';
import { displayOf, outputItems } from './outputItems';

interface DisplayUpdate {
  /** Its name. */
  readonly display: string;
  readonly output: CellOutput;
  /** The one that changed it, which shows its own outputs itself. */
  readonly cell: vscode.NotebookCell;
  readonly controller: vscode.NotebookController;
  /** Whether a cell runs or waits: the editor takes one execution of a cell at a time. */
  readonly isRunning: (cell: vscode.NotebookCell) => boolean;
}

/** Shows what a display is now in the outputs of other cells that have it. Each takes an execution more, which leaves its mark as it was. */
export async function updateDisplays(update: DisplayUpdate): Promise<void> {
  const { display, output, cell, controller, isRunning } = update;
  for (const other of cell.notebook.getCells()) {
    const outputs = other.outputs.filter((one) => displayOf(one) === display);
    // What waits to run again gets new outputs in a moment.
    if (other === cell || outputs.length === 0 || isRunning(other)) continue;
    const { executionOrder, success, timing } = other.executionSummary ?? {};
    const execution = controller.createNotebookCellExecution(other);
    execution.executionOrder = executionOrder;
    execution.start(timing?.startTime);
    try {
      for (const one of outputs) await execution.replaceOutputItems(outputItems(output), one);
    } finally {
      execution.end(success, timing?.endTime);
    }
  }
}
