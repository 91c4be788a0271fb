import * as vscode from 'vscode';
import type { CellOutput } from '../../core/notebook/cellOutputs';

/**
 * An output as the editor's own renderers take it. HTML and scripts in it go where every notebook's go: into the editor's isolated view,
 * which shows none of them in an untrusted workspace. The metadata are those that the editor's ipynb serializer saves from.
 */
export function cellOutput(output: CellOutput): vscode.NotebookCellOutput {
  return new vscode.NotebookCellOutput(outputItems(output), metadata(output));
}

export function outputItems(output: CellOutput): vscode.NotebookCellOutputItem[] {
  switch (output.kind) {
    case 'stream':
      return [streamItem(output.name, output.text)];
    case 'error': {
      const { name, message, traceback } = output;
      const stack = traceback.join('\n');
      return [vscode.NotebookCellOutputItem.error({ name, message, stack })];
    }
    case 'display_data':
    case 'execute_result':
      return output.items.map(({ mime, data }) =>
        typeof data === 'string'
          ? vscode.NotebookCellOutputItem.text(data, mime)
          : new vscode.NotebookCellOutputItem(data, mime),
      );
  }
}

export function streamItem(name: 'stdout' | 'stderr', text: string): vscode.NotebookCellOutputItem {
  return name === 'stdout'
    ? vscode.NotebookCellOutputItem.stdout(text)
    : vscode.NotebookCellOutputItem.stderr(text);
}

/** The name of an output's display, by which later updates know it; `undefined` where it has none. */
export function displayOf({ metadata }: vscode.NotebookCellOutput): string | undefined {
  const { transient } = (metadata ?? {}) as { readonly transient?: { readonly display_id?: string } };
  return transient?.display_id;
}

function metadata(output: CellOutput): Record<string, unknown> {
  switch (output.kind) {
    case 'stream':
      return { outputType: 'stream' };
    case 'error': {
      const { name, message, traceback } = output;
      const originalError = { output_type: 'error', ename: name, evalue: message, traceback };
      return { outputType: 'error', originalError };
    }
    case 'display_data':
    case 'execute_result':
      return {
        outputType: output.kind,
        metadata: output.metadata,
        ...(output.count !== undefined && { executionCount: output.count }),
        // The ipynb serializer does not save this part.
        ...(output.display !== undefined && { transient: { display_id: output.display } }),
      };
  }
}
