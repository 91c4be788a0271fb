import type * as vscode from 'vscode';
import type { OwnValues } from '../../core/jobSpec/completion';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Host } from '../host';
import { Analyses } from './analysis';
import { codeLenses } from './codeLenses';
import { completions } from './completions';
import { JobDiagnostics } from './diagnostics';
import { hoverOf } from './hover';
import { quickFixes } from './quickFixes';

/** How long lenses wait for the plan, in milliseconds; a click on one that is replaced is lost. */
const soonEnough = 2000;

/** The language features of job files, over one reading of each document. */
export class JobLanguage implements Disposable {
  private readonly held = new Disposables();
  private readonly analyses = new Analyses();

  readonly diagnostics: JobDiagnostics;

  constructor(
    private readonly host: Host,
    private readonly lensesChanged: () => void,
  ) {
    this.diagnostics = this.held.add(new JobDiagnostics(host, this.analyses));
    const plansChanged = () => {
      this.analyses.forgetPlans();
      lensesChanged();
      this.diagnostics.checkOpen();
    };
    this.held.add(host.core.onDidRecover(plansChanged));
    this.held.add(host.core.whenOpen((core) => core.connections.onDidChange(plansChanged)));
    this.held.add(host.onDidChangeSettings(plansChanged));
    // A machine that is attached can take jobs that name no place.
    this.held.add(
      host.core.whenOpen((core) =>
        core.machines.onDidChangeStatus(({ status: { state } }) => {
          if (state === 'attached' || state === 'detached') plansChanged();
        }),
      ),
    );
  }

  async complete(document: vscode.TextDocument, at: vscode.Position): Promise<vscode.CompletionItem[]> {
    return completions(document, at, await this.ownValues());
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

  /** With the plan in their title where it comes soon; else now without it, and again once it is there. */
  async lenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    // What goes wrong here is said by submitting; a lens is no place for it.
    const offers = this.host.core
      .get()
      .then((core) => this.analyses.offers(document, core))
      .catch(() => []);
    const late = new Promise<undefined>((resolve) => {
      setTimeout(resolve, soonEnough, undefined);
    });
    const soon = await Promise.race([offers, late]);
    if (!soon) void offers.then(this.lensesChanged);
    return codeLenses(this.analyses, document, soon);
  }

  /** Of the connections that run jobs; none while the state can't be opened, which its view says. */
  private async ownValues(): Promise<OwnValues> {
    const entries = (await this.host.core.current?.connections.all()) ?? [];
    const places = entries.flatMap((entry) =>
      entry.kind === 'connection' && entry.connection.trainingJobs ? [entry.connection] : [],
    );
    const types = places.flatMap(({ trainingJobs }) => trainingJobs?.types?.() ?? []);
    return {
      infra: places.map(({ id }) => ({ value: id, words: 'your connection' })),
      instance_type: [...new Map(types.map(({ name, words }) => [name, { value: name, words }])).values()],
    };
  }

  dispose(): void {
    this.held.dispose();
  }
}
