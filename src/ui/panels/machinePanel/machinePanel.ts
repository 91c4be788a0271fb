import * as vscode from 'vscode';
import { Messenger } from 'vscode-messenger';
import { ProviderError } from '../../../core/errors';
import type { MachineState } from '../../../core/machine';
import { Disposables, type Disposable } from '../../../lib/disposables';
import * as protocol from '../../../protocol/machinePanel';
import type { MachineView } from '../../../protocol/machinePanel';
import { checkedChartRequest, oneOf } from '../checks';
import { newNonce, panelHtml } from '../panelHtml';
import { tabIcon } from '../tabIcon';
import { checkedProcess } from './machineChecks';
import type { MachinePanelDeps } from './machinePanels';
import { MachineSession } from './machineSession';
import { machineTabIcon } from './machineTabIcon';

/** A machine's panel. As with a job's own, its page and session live only while it is seen (`runPanel.ts`). */
export class MachinePanel implements Disposable {
  private readonly held = new Disposables();
  private readonly messenger = new Messenger({ uniqueHandlers: true });
  private readonly page: ReturnType<Messenger['registerWebviewPanel']>;
  private session: MachineSession | undefined;
  /** What its tab's icon shows. */
  private shown: MachineState | undefined;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly machineId: string,
    private readonly deps: MachinePanelDeps,
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

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    this.endSession();
    this.held.dispose();
    this.panel.dispose();
  }

  private answer(): void {
    const { messenger, deps, machineId } = this;
    messenger.onRequest(protocol.hello, () => this.greet());
    messenger.onRequest(protocol.act, (action) =>
      deps.act(oneOf(protocol.machineActions, action, 'action'), machineId),
    );
    messenger.onRequest(protocol.stopProcess, (process) =>
      deps.stopProcess(machineId, checkedProcess(process)),
    );
    messenger.onRequest(protocol.listCharts, () => this.current().charts.list());
    messenger.onRequest(protocol.readChart, (request) =>
      this.current().charts.chart(checkedChartRequest(request)),
    );
  }

  private async greet(): Promise<MachineView | null> {
    this.endSession();
    const core = await this.deps.core();
    const entry = await this.deps.find(core, this.machineId);
    if (!entry) {
      this.show(null);
      return null;
    }
    const session = new MachineSession(core, entry, this.deps.now, {
      tell: (type, value) => {
        if (this.session === session) this.messenger.sendNotification(type, this.page, value);
      },
      show: (view) => {
        this.show(view);
      },
    });
    this.session = session;
    // It was hidden while the machine was looked for.
    if (!this.panel.visible) this.endSession();
    const view = session.view();
    this.show(view);
    return view;
  }

  private show(view: MachineView | null): void {
    this.panel.title = view?.label ?? this.machineId;
    const state = view?.state ?? 'detached';
    if (state === this.shown) return;
    this.shown = state;
    this.panel.iconPath = tabIcon((theme) => machineTabIcon(state, theme));
  }

  private current(): MachineSession {
    if (!this.session)
      throw new ProviderError(
        'unavailable',
        'This panel is not connected. Close it and watch the machine again.',
      );
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
      title: this.machineId,
      element: 'machine-panel',
      subject: this.machineId,
      cspSource: this.panel.webview.cspSource,
      nonce: newNonce(),
      script: uri('machinePanel.js'),
      styles: uri('machinePanel.css'),
      icons: uri('codicon.css'),
    });
  }
}
