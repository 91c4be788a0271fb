import * as vscode from 'vscode';
import { Messenger } from 'vscode-messenger';
import { CancelledError } from '../../../core/errors';
import { Disposables } from '../../../lib/disposables';
import type { Disposable } from '../../../lib/disposables';
import * as protocol from '../../../protocol/runPanel';
import type { RunTab } from '../../../protocol/runPanel';
import {
  checkedAction,
  checkedChartRequest,
  checkedFindRequest,
  checkedHitRequest,
  checkedIndex,
  checkedLine,
  checkedLogRequest,
  checkedMarksRequest,
  checkedNode,
  checkedOutput,
  checkedOutputName,
  checkedRows,
  checkedSearch,
} from '../checks';
import { newNonce, panelHtml } from '../panelHtml';
import { tabIcon } from '../tabIcon';
import { RunActions } from './runActions';
import type { RunPanelDeps } from './runPanels';
import { RunSession } from './runSession';
import { stateIcon } from './stateIcon';

/**
 * One panel. Its page lives only while it is seen: VS Code throws it away when the panel is hidden, and with it goes the
 * session, so that a hidden panel costs nothing. A page that comes (back) greets and gets a new session.
 */
export class RunPanel implements Disposable {
  private readonly held = new Disposables();
  private readonly messenger = new Messenger({ uniqueHandlers: true });
  private session: RunSession | undefined;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly jobId: string,
    private readonly deps: RunPanelDeps,
    /** The tab to open with; taken once. */
    private wantedTab?: RunTab,
  ) {
    const folder = vscode.Uri.joinPath(deps.extensionUri, 'dist', 'webviews');
    panel.webview.options = { enableScripts: true, localResourceRoots: [folder] };
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

  reveal(tab?: RunTab): void {
    if (tab && this.session && this.panel.visible)
      this.messenger.sendNotification(protocol.showTab, this.page, tab);
    else this.wantedTab = tab;
    this.panel.reveal();
  }

  dispose(): void {
    this.endSession();
    this.held.dispose();
    this.panel.dispose();
  }

  private page!: ReturnType<Messenger['registerWebviewPanel']>;

  private answer(): void {
    this.page = this.messenger.registerWebviewPanel(this.panel);
    const actions = new RunActions(this.jobId, this.deps);
    const { messenger, deps } = this;
    messenger.onRequest(protocol.hello, () => this.greet());
    messenger.onRequest(protocol.act, (action) => actions.run(checkedAction(action)));
    messenger.onRequest(protocol.readFailure, () => this.current().failure.view());
    messenger.onRequest(protocol.openFrame, (index) => this.current().failure.open(checkedIndex(index)));
    messenger.onRequest(protocol.readLog, (request) => {
      const { view, from, count } = checkedLogRequest(request);
      return this.current().logs.window(view, from, count);
    });
    messenger.onRequest(protocol.findRow, (request) => {
      const { view, target } = checkedFindRequest(request);
      return this.current().logs.find(view, target);
    });
    messenger.onRequest(protocol.searchLog, (request) => this.current().search.begin(checkedSearch(request)));
    messenger.onRequest(protocol.findHit, (request) => {
      const { view, row, back } = checkedHitRequest(request);
      return this.current().search.next(view, row, back);
    });
    messenger.onRequest(protocol.readMarks, (request) => {
      const { view, parts } = checkedMarksRequest(request);
      return this.current().search.strip(view, parts);
    });
    messenger.onRequest(protocol.copyRows, (range) => this.current().logText.copy(checkedRows(range)));
    messenger.onRequest(protocol.openRows, (range) =>
      this.current().logText.openInEditor(checkedRows(range)),
    );
    messenger.onRequest(protocol.saveLog, (request) =>
      cancelled(this.current().logText.save(checkedNode(request).node)),
    );
    messenger.onRequest(protocol.readLine, (line) => this.current().logs.line(checkedLine(line)));
    messenger.onRequest(protocol.openLog, async (line) => {
      const { node, number } = checkedLine(line);
      await deps.openFile(vscode.Uri.file(await this.current().logs.file(node)), number + 1);
    });
    messenger.onRequest(protocol.listCharts, () => this.current().charts.list());
    messenger.onRequest(protocol.readChart, (request) =>
      this.current().charts.chart(checkedChartRequest(request)),
    );
    messenger.onRequest(protocol.readTimeline, () => this.current().timeline());
    messenger.onRequest(protocol.readDiagnosis, () => this.current().diagnosis.view());
    messenger.onRequest(protocol.readSpec, () => this.current().spec());
    messenger.onRequest(protocol.readOutputs, () => this.current().outputs());
    messenger.onRequest(protocol.downloadOutput, (output) =>
      cancelled(actions.downloadOutput(checkedOutputName(output).name)),
    );
    messenger.onRequest(protocol.openOutput, (output) => actions.openOutput(checkedOutput(output)));
  }

  private async greet(): Promise<protocol.Greeting> {
    this.endSession();
    const core = await this.deps.core();
    const session = new RunSession(core, this.jobId, this.deps, {
      tell: (type, value) => {
        if (this.session === session) this.messenger.sendNotification(type, this.page, value);
      },
      showJob: (job) => {
        this.showJob(job);
      },
    });
    this.session = session;
    const job = session.start();
    const tab = this.wantedTab;
    this.wantedTab = undefined;
    return { job, ...(tab && { tab }) };
  }

  private current(): RunSession {
    if (!this.session) throw new Error('This panel is not connected. Close it and open the job again.');
    return this.session;
  }

  private endSession(): void {
    this.session?.dispose();
    this.session = undefined;
  }

  private showJob(job: protocol.JobView | null): void {
    this.panel.title = job?.name ?? this.jobId;
    if (!job) return;
    this.panel.iconPath = tabIcon((theme) => stateIcon(job.state, theme));
  }

  private html(folder: vscode.Uri): string {
    const uri = (name: string) =>
      this.panel.webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    return panelHtml({
      title: this.jobId,
      element: 'run-panel',
      subject: this.jobId,
      cspSource: this.panel.webview.cspSource,
      nonce: newNonce(),
      script: uri('runPanel.js'),
      styles: uri('runPanel.css'),
      icons: uri('codicon.css'),
    });
  }
}

/** What a person cancelled is not shown as a failure. */
async function cancelled(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}
