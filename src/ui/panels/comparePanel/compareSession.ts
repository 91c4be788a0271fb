import * as vscode from 'vscode';
import { jobFolder } from '../../../core/jobFolder';
import { Disposables } from '../../../lib/disposables';
import type { Disposable } from '../../../lib/disposables';
import * as protocol from '../../../protocol/comparePanel';
import type { DiffView } from '../../../protocol/comparePanel';
import type { Core } from '../../../services/core';
import { readJobRecord } from '../../../services/jobs/jobRecord';
import { CompareCharts } from './compareCharts';
import { compareCsv } from './compareCsv';
import { compareDiff, type DiffRun } from './compareDiff';
import type { ComparePanelDeps } from './comparePanels';
import { CompareTable } from './compareTable';
import { diffJobFiles } from './jobFileDocuments';
import type { Tell } from '../sessionPanel';

/** What one page is served with, from its greeting until it is hidden or closed. */
export class CompareSession implements Disposable {
  readonly table: CompareTable;
  readonly charts: CompareCharts;
  private readonly held = new Disposables();

  constructor(
    private readonly core: Core,
    private readonly deps: ComparePanelDeps,
    tell: Tell,
  ) {
    this.table = this.held.add(
      new CompareTable(core, deps.now, () => {
        tell(protocol.tableChanged, undefined);
      }),
    );
    this.charts = this.held.add(
      new CompareCharts(
        core.metrics,
        (id) => core.jobs.get(id),
        () => {
          tell(protocol.overlayGrew, undefined);
        },
      ),
    );
  }

  star(id: string, starred: boolean): Promise<void> {
    return this.core.stars.set(id, starred);
  }

  async diff(a: string, b: string): Promise<DiffView> {
    const [first, second] = await Promise.all([this.run(a), this.run(b)]);
    const [one, other] = await Promise.all([this.fileText(a), this.fileText(b)]);
    return {
      sections: compareDiff(first, second, this.deps.now()),
      filesDiffer: one === undefined || other === undefined ? null : one !== other,
    };
  }

  async openDiff(a: string, b: string): Promise<void> {
    const [first, second] = await Promise.all([this.run(a), this.run(b)]);
    await diffJobFiles(first.job, second.job);
  }

  /** Asks where, writes the file, and gives its name; `null` when nobody chose one. */
  async exportCsv(columnIds: readonly string[], rowIds: readonly string[]): Promise<string | null> {
    const columns = columnIds.flatMap((id) => this.table.column(id) ?? []);
    const rows = rowIds.flatMap((id) => this.table.row(id) ?? []);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const file = await vscode.window.showSaveDialog({
      ...(folder && { defaultUri: vscode.Uri.joinPath(folder, 'runs.csv') }),
      filters: { CSV: ['csv'] },
      title: 'Export Runs as CSV',
    });
    if (!file) return null;
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(compareCsv(columns, rows)));
    return file.path.split('/').at(-1) ?? file.path;
  }

  dispose(): void {
    this.held.dispose();
  }

  private async run(id: string): Promise<DiffRun> {
    const job = this.core.jobs.get(id);
    if (!job) throw new Error('One of the two jobs was deleted.');
    const record = await readJobRecord(this.core.jobs.folder(id));
    return { job, parameters: this.table.parametersOf(job), summary: this.table.summary(id), record };
  }

  private async fileText(id: string): Promise<string | undefined> {
    const file = vscode.Uri.joinPath(vscode.Uri.file(this.core.jobs.folder(id)), jobFolder.file);
    try {
      return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
    } catch {
      return undefined; // The editor's diff, where it is asked for, says why.
    }
  }
}
