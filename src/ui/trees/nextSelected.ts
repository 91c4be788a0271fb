import type * as vscode from 'vscode';

/** Milliseconds that a view which is just drawn anew takes to know its rows again. */
const redraw = 1000;

/**
 * The row that a click selected. A click that falls into a redraw runs its command before the view knows its rows, and no event
 * tells that the selection has come back.
 */
export function nextSelected<T>(view: vscode.TreeView<T>): Promise<T | undefined> {
  const deadline = performance.now() + redraw;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const row = view.selection.at(-1);
      if (row === undefined && performance.now() < deadline) return;
      clearInterval(timer);
      resolve(row);
    }, 20);
  });
}
