import * as vscode from 'vscode';
import { Disposables, type Disposable } from '../../lib/disposables';

/** The open panels of one kind, at most one for each key, such as the id of a job. They come back after a reload. */
export class KeyedPanels<Panel extends Disposable> implements Disposable, vscode.WebviewPanelSerializer {
  private readonly held = new Disposables();
  private readonly panels = new Map<string, Panel>();

  constructor(
    private readonly viewType: string,
    /** The key in what a panel's page saved. Throws where it holds none. */
    private readonly keyIn: (saved: Readonly<Record<string, unknown>>) => string,
    private readonly make: Make<Panel>,
  ) {
    this.held.add(vscode.window.registerWebviewPanelSerializer(viewType, this));
  }

  get(key: string): Panel | undefined {
    return this.panels.get(key);
  }

  create(key: string, title: string, make: Make<Panel> = this.make): void {
    const options = { enableFindWidget: true };
    const panel = vscode.window.createWebviewPanel(this.viewType, title, vscode.ViewColumn.Active, options);
    this.adopt(panel, key, make);
  }

  /** Called by VS Code for each panel that was open when the window was closed or reloaded. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const saved = typeof state === 'object' && state !== null ? (state as Record<string, unknown>) : {};
    try {
      this.adopt(panel, this.keyIn(saved), this.make);
    } catch {
      // It was closed before it had saved what it showed: nothing to bring back.
      panel.dispose();
    }
    return Promise.resolve();
  }

  dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
    this.held.dispose();
  }

  private adopt(panel: vscode.WebviewPanel, key: string, make: Make<Panel>): void {
    this.panels.get(key)?.dispose();
    const own = make(panel, key);
    this.panels.set(key, own);
    panel.onDidDispose(() => {
      if (this.panels.get(key) === own) this.panels.delete(key);
    });
  }
}

type Make<Panel> = (panel: vscode.WebviewPanel, key: string) => Panel;
