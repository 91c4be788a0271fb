import * as vscode from 'vscode';
import type { Disposable } from '../lib/disposables';

/** Loads the panels of one kind with the first that is opened, or that the editor brings back after a reload. */
export class PanelLoader<T extends Disposable & vscode.WebviewPanelSerializer> implements Disposable {
  private loading: Promise<T> | undefined;
  private readonly restorer: vscode.Disposable;

  constructor(
    viewType: string,
    /** Imports what makes them. */
    private readonly load: () => Promise<() => T>,
  ) {
    this.restorer = vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: async (panel, state) =>
        (await this.get()).deserializeWebviewPanel(panel, state),
    });
  }

  get(): Promise<T> {
    return (this.loading ??= this.start());
  }

  dispose(): void {
    this.restorer.dispose();
    void this.loading?.then((panels) => {
      panels.dispose();
    });
  }

  private async start(): Promise<T> {
    const make = await this.load();
    // Theirs takes its place: the editor allows one for each kind of panel.
    this.restorer.dispose();
    return make();
  }
}
