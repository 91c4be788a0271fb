import type * as vscode from 'vscode';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Host } from '../host';
import { Analyses } from './analysis';
import { codeLenses, resolveCodeLens } from './codeLenses';
import { completions } from './completions';
import { JobDiagnostics } from './diagnostics';
import { hoverOf } from './hover';
import { quickFixes } from './quickFixes';

/** The language features of job files, over one reading of each document. */
export class JobLanguage implements Disposable {
  private readonly held = new Disposables();
  private readonly analyses = new Analyses();

  readonly diagnostics: JobDiagnostics;

  constructor(
    private readonly host: Host,
    lensesChanged: () => void,
  ) {
    this.diagnostics = this.held.add(new JobDiagnostics(host, this.analyses));
    const plansChanged = () => {
      this.analyses.forgetPlans();
      lensesChanged();
    };
    // Not when it opens: the lens that made it open is still waiting, and a click on one that is replaced is lost.
    this.held.add(host.core.onDidRecover(plansChanged));
    this.held.add(host.core.whenOpen((core) => core.connections.onDidChange(plansChanged)));
    this.held.add(host.onDidChangeSettings(plansChanged));
  }

  complete(document: vscode.TextDocument, at: vscode.Position): vscode.CompletionItem[] {
    return completions(document, at);
  }

  hover(document: vscode.TextDocument, at: vscode.Position): vscode.Hover | undefined {
    return hoverOf(document, at);
  }

  fixes(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    return quickFixes(this.analyses, document, range, context);
  }

  lenses(document: vscode.TextDocument): vscode.CodeLens[] {
    return codeLenses(this.analyses, document);
  }

  resolveLens(lens: vscode.CodeLens): Promise<vscode.CodeLens> {
    return resolveCodeLens(this.host, this.analyses, lens);
  }

  dispose(): void {
    this.held.dispose();
  }
}
