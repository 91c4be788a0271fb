import type * as vscode from 'vscode';
import { runPanelViewType } from '../../../protocol/runPanel';
import type { RunTab } from '../../../protocol/runPanel';
import { checkedJobId } from '../checks';
import { KeyedPanels } from '../keyedPanels';
import type { PanelDeps } from '../sessionPanel';
import { RunPanel } from './runPanel';

/** What the panels use of the extension. */
export interface RunPanelDeps extends PanelDeps {
  stop(jobId: string): Promise<void>;
  /** Confirms the spend natively before anything is started. */
  resubmit(jobId: string): Promise<void>;
  editJobFile(jobId: string): Promise<void>;
  /** `line` is 1-based. */
  openFile(file: vscode.Uri, line?: number): Promise<void>;
}

/** The open run panels, at most one a job. */
export class RunPanels extends KeyedPanels<RunPanel> {
  constructor(private readonly deps: RunPanelDeps) {
    super(
      runPanelViewType,
      ({ jobId }) => checkedJobId(jobId),
      (panel, id) => new RunPanel(panel, id, deps),
    );
  }

  /** Shows the job's panel, on `tab` where one is named; the one that is open already comes to the front. */
  open(jobId: string, tab?: RunTab): void {
    const open = this.get(jobId);
    if (open) open.reveal(tab);
    else this.create(jobId, jobId, (panel) => new RunPanel(panel, jobId, this.deps, tab));
  }
}
