import type * as vscode from 'vscode';
import * as protocol from '../../../protocol/comparePanel';
import { checkedJobId } from '../checks';
import {
  checkedExport,
  checkedOverlay,
  checkedPair,
  checkedRuns,
  checkedSince,
  checkedStar,
} from './compareChecks';
import type { ComparePanelDeps } from './comparePanels';
import { CompareSession } from './compareSession';
import { SessionPanel } from '../sessionPanel';

export const compareTitle = 'Compare Jobs';

/** The panel that compares jobs. */
export class ComparePanel extends SessionPanel<CompareSession> {
  constructor(
    panel: vscode.WebviewPanel,
    private readonly deps: ComparePanelDeps,
    /** Runs to check; taken once. */
    private wanted: readonly string[],
  ) {
    super(panel, deps.extensionUri, {
      ...{ program: 'comparePanel', element: 'compare-panel', title: compareTitle },
      remedy: 'compare the jobs again',
    });
    this.answerAll();
  }

  reveal(checked: readonly string[]): void {
    if (checked.length > 0 && !this.told(protocol.checkRuns, checked)) this.wanted = checked;
    this.panel.reveal();
  }

  private answerAll(): void {
    const { deps } = this;
    this.answer(protocol.hello, () => this.greet());
    this.answer(protocol.readTable, (request) => this.current().table.view(checkedSince(request)));
    this.answer(protocol.star, (request) => {
      const { id, starred } = checkedStar(request);
      return this.current().star(id, starred);
    });
    this.answer(protocol.openRun, (id) => deps.openRun(checkedJobId(id)));
    this.answer(protocol.listOverlay, (runs) => this.current().charts.list(checkedRuns(runs)));
    this.answer(protocol.readOverlay, (request) => this.current().charts.chart(checkedOverlay(request)));
    this.answer(protocol.readDiff, (request) => {
      const { a, b } = checkedPair(request);
      return this.current().diff(a, b);
    });
    this.answer(protocol.openDiff, (request) => {
      const { a, b } = checkedPair(request);
      return this.current().openDiff(a, b);
    });
    this.answer(protocol.exportCsv, (request) => {
      const { columns, rows } = checkedExport(request);
      return this.current().exportCsv(columns, rows);
    });
  }

  private async greet(): Promise<{ checked: readonly string[] }> {
    const core = await this.deps.core();
    this.begin((tell) => new CompareSession(core, this.deps, tell));
    const checked = this.wanted;
    this.wanted = [];
    return { checked };
  }
}
