import type * as vscode from 'vscode';
import { comparePanelViewType } from '../../../protocol/comparePanel';
import { KeyedPanels } from '../keyedPanels';
import type { PanelDeps } from '../sessionPanel';
import { ComparePanel, compareTitle } from './comparePanel';

/** What the panel uses of the extension. */
export interface ComparePanelDeps extends PanelDeps {
  openRun(jobId: string): Promise<void>;
}

/** The key of the one panel that there is. */
const only = '';

/** The panel that compares jobs: at most one a window. */
export class ComparePanels extends KeyedPanels<ComparePanel> {
  constructor(private readonly deps: ComparePanelDeps) {
    super(
      comparePanelViewType,
      () => only,
      (panel) => new ComparePanel(panel, deps, []),
    );
  }

  /** Shows the panel, with these runs checked; without any, with those that were checked before. */
  open(checked: readonly string[]): void {
    const open = this.get(only);
    if (open) open.reveal(checked);
    else
      this.create(
        only,
        compareTitle,
        (panel: vscode.WebviewPanel) => new ComparePanel(panel, this.deps, checked),
      );
  }
}
