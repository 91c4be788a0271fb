import * as vscode from 'vscode';
import { Messenger } from 'vscode-messenger';
import { Disposables } from '../../../lib/disposables';
import type { Disposable } from '../../../lib/disposables';
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
import { newNonce, panelHtml } from '../panelHtml';

/** The panel that compares jobs. As with a job's own, its page and session live only while it is seen (`runPanel.ts`). */
export class ComparePanel implements Disposable {
  private readonly held = new Disposables();
  private readonly messenger = new Messenger({ uniqueHandlers: true });
  private readonly page: ReturnType<Messenger['registerWebviewPanel']>;
  private session: CompareSession | undefined;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly deps: ComparePanelDeps,
    /** Runs to check; taken once. */
    private wanted: readonly string[],
  ) {
    const folder = vscode.Uri.joinPath(deps.extensionUri, 'dist', 'webviews');
    panel.webview.options = { enableScripts: true, localResourceRoots: [folder] };
    this.page = this.messenger.registerWebviewPanel(panel);
    this.answer();
    panel.onDidDispose(() => {
      this.dispose();
    });
    this.held.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.endSession();
      }),
    );
    panel.webview.html = this.html(folder);
  }

  reveal(checked: readonly string[]): void {
    if (this.session && this.panel.visible && checked.length > 0)
      this.messenger.sendNotification(protocol.checkRuns, this.page, checked);
    else if (checked.length > 0) this.wanted = checked;
    this.panel.reveal();
  }

  dispose(): void {
    this.endSession();
    this.held.dispose();
    this.panel.dispose();
  }

  private answer(): void {
    const { messenger, deps } = this;
    messenger.onRequest(protocol.hello, () => this.greet());
    messenger.onRequest(protocol.readTable, (request) => this.current().table.view(checkedSince(request)));
    messenger.onRequest(protocol.star, (request) => {
      const { id, starred } = checkedStar(request);
      return this.current().star(id, starred);
    });
    messenger.onRequest(protocol.openRun, (id) => deps.openRun(checkedJobId(id)));
    messenger.onRequest(protocol.listOverlay, (runs) => this.current().charts.list(checkedRuns(runs)));
    messenger.onRequest(protocol.readOverlay, (request) =>
      this.current().charts.chart(checkedOverlay(request)),
    );
    messenger.onRequest(protocol.readDiff, (request) => {
      const { a, b } = checkedPair(request);
      return this.current().diff(a, b);
    });
    messenger.onRequest(protocol.openDiff, (request) => {
      const { a, b } = checkedPair(request);
      return this.current().openDiff(a, b);
    });
    messenger.onRequest(protocol.exportCsv, (request) => {
      const { columns, rows } = checkedExport(request);
      return this.current().exportCsv(columns, rows);
    });
  }

  private async greet(): Promise<{ checked: readonly string[] }> {
    this.endSession();
    const core = await this.deps.core();
    const session = new CompareSession(core, this.deps, (type, value) => {
      if (this.session === session) this.messenger.sendNotification(type, this.page, value);
    });
    this.session = session;
    const checked = this.wanted;
    this.wanted = [];
    return { checked };
  }

  private current(): CompareSession {
    if (!this.session) throw new Error('This panel is not connected. Close it and compare the jobs again.');
    return this.session;
  }

  private endSession(): void {
    this.session?.dispose();
    this.session = undefined;
  }

  private html(folder: vscode.Uri): string {
    const uri = (name: string) =>
      this.panel.webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    return panelHtml({
      title: 'Compare Jobs',
      element: 'compare-panel',
      cspSource: this.panel.webview.cspSource,
      nonce: newNonce(),
      script: uri('comparePanel.js'),
      styles: uri('comparePanel.css'),
      icons: uri('codicon.css'),
    });
  }
}
