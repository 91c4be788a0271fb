import * as vscode from 'vscode';
import { Messenger } from 'vscode-messenger';
import { CancelledError, ProviderError } from '../../core/errors';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Core } from '../../services/core';
import { newNonce, panelHtml } from './panelHtml';

/** What every panel uses of the extension. */
export interface PanelDeps {
  /** Opened at first use; a rejection is shown in the panel. */
  readonly core: () => Promise<Core>;
  readonly extensionUri: vscode.Uri;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface PanelPage {
  /** Its script and style sheet in `dist/webviews`, without their ends. */
  readonly program: string;
  /** The element that is the whole page. */
  readonly element: string;
  readonly title: string;
  /** Id of the job or machine that the page is of, where it is of one. */
  readonly subject?: string;
  /** What to do where it has lost its session, such as `open the job again`. */
  readonly remedy: string;
}

/** Tells a page something; nothing once it is hidden, closed or served anew. */
export type Tell = <P>(type: Told<P>, value: P) => void;

/**
 * One panel. Its page lives only while it is seen: VS Code throws it away when the panel is hidden, and with it goes the
 * session, so that a hidden panel costs nothing. A page that comes (back) greets and gets a new session.
 */
export abstract class SessionPanel<Session extends Disposable> implements Disposable {
  private readonly held = new Disposables();
  private readonly messenger = new Messenger({ uniqueHandlers: true });
  private readonly address: ReturnType<Messenger['registerWebviewPanel']>;
  private session: Session | undefined;
  private closed = false;

  constructor(
    protected readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly page: PanelPage,
  ) {
    const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webviews');
    panel.webview.options = { enableScripts: true, localResourceRoots: [folder] };
    this.address = this.messenger.registerWebviewPanel(panel);
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

  dispose(): void {
    this.closed = true;
    this.endSession();
    this.held.dispose();
    this.panel.dispose();
  }

  /** Answers what the page asks. What it sends is hostile: check it. */
  protected answer<P, R>(
    type: { method: string; readonly _?: [P, R] },
    handler: (value: P) => R | Promise<R>,
  ): void {
    this.messenger.onRequest(type, handler);
  }

  /** Serves the page that has just greeted. */
  protected begin(make: (tell: Tell) => Session): Session {
    this.endSession();
    // It was hidden or closed while the host got ready: nobody is there to be served, or to hear of it.
    if (this.closed || !this.panel.visible) throw new CancelledError();
    const session = make((type, value) => {
      if (this.session === session) this.messenger.sendNotification(type, this.address, value);
    });
    this.session = session;
    return session;
  }

  protected endSession(): void {
    this.session?.dispose();
    this.session = undefined;
  }

  protected current(): Session {
    if (this.session) return this.session;
    throw new ProviderError('unavailable', `This panel is not connected. Close it and ${this.page.remedy}.`);
  }

  /** Tells the page that is served now; false where none is seen. */
  protected told<P>(type: Told<P>, value: P): boolean {
    if (!this.session || !this.panel.visible) return false;
    this.messenger.sendNotification(type, this.address, value);
    return true;
  }

  private html(folder: vscode.Uri): string {
    const { webview } = this.panel;
    const { program, element, title, subject } = this.page;
    const uri = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    return panelHtml({
      ...{ title, element, cspSource: webview.cspSource, nonce: newNonce() },
      ...(subject !== undefined && { subject }),
      script: uri(`${program}.js`),
      styles: uri(`${program}.css`),
      icons: uri('codicon.css'),
    });
  }
}

interface Told<P> {
  method: string;
  readonly _?: P;
}
