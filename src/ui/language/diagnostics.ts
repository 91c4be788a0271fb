import * as vscode from 'vscode';
import { locate } from '../../core/jobSpec/jobFile';
import type { Problem } from '../../core/jobSpec/problem';
import type { Path } from '../../core/jobSpec/yamlTree';
import { judgesOf, placeProblem } from '../../core/placeProblem';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Host } from '../host';
import type { Analyses } from './analysis';

/** A pause in typing, in milliseconds. */
const pause = 250;

const severities: Record<Problem['severity'], vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

/** Keeps the problems of open job files in the Problems panel: at once when opened, after a pause when typed in. */
export class JobDiagnostics implements Disposable {
  private readonly held = new Disposables();
  private readonly shown = this.held.add(vscode.languages.createDiagnosticCollection('trainyard'));
  private readonly waiting = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly host: Host,
    private readonly analyses: Analyses,
  ) {
    this.held.add(
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (host.jobFiles.has(document)) this.soon(document);
      }),
    );
    this.held.add(
      vscode.workspace.onDidCloseTextDocument((document) => {
        clearTimeout(this.waiting.get(document.uri.toString()));
        this.shown.delete(document.uri);
      }),
    );
  }

  async check(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    const own = this.analyses.of(document).problems;
    this.show(document, own);
    const warnings = await this.unsupported(document);
    if (!document.isClosed && document.version === version) this.show(document, [...own, ...warnings]);
  }

  /** Connections or settings changed: what is open is judged anew, without a word from its writer. */
  checkOpen(): void {
    for (const document of vscode.workspace.textDocuments)
      if (this.host.jobFiles.has(document)) void this.check(document);
  }

  dispose(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.held.dispose();
  }

  private soon(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.waiting.get(key));
    const check = () => {
      this.waiting.delete(key);
      if (!document.isClosed) void this.check(document);
    };
    this.waiting.set(key, setTimeout(check, pause));
  }

  private show(document: vscode.TextDocument, problems: readonly Problem[]): void {
    this.shown.set(
      document.uri,
      problems.map((problem) => diagnosticOf(document, problem)),
    );
  }

  /** Why no place can take the job, and which fields those that it may go to would not honour. */
  private async unsupported(document: vscode.TextDocument): Promise<readonly Problem[]> {
    const text = document.getText();
    const spec = this.analyses.of(document).file.jobs[0];
    const found: Problem[] = [];
    const add = (path: Path, message: string) =>
      found.push({ severity: 'warning', message, ...locate(text, 0, path), path: path.join('.') });
    try {
      const core = await this.host.core.get();
      const offers = await this.analyses.offers(document, core);
      if (!spec) return [];
      const judges = judgesOf(spec, offers);
      const said = new Map<
        string,
        { readonly path: Path; readonly message: string; readonly by: string[] }
      >();
      for (const id of judges) {
        const { label, trainingJobs } = await core.connections.get(id);
        for (const { path, message } of trainingJobs?.unsupported(spec) ?? []) {
          const key = [message, ...path].join('\0');
          const before = said.get(key);
          if (before) before.by.push(label);
          else said.set(key, { path, message, by: [label] });
        }
      }
      for (const { path, message, by } of said.values())
        add(path, by.length < judges.length ? `${by.join(', ')}: ${message}` : message);
      const nowhere = placeProblem(spec, offers);
      // Said already, at a better place.
      if (nowhere && ![...said.values()].some(({ message }) => nowhere.message.includes(message)))
        add(nowhere.path, nowhere.message);
    } catch {
      // The Jobs view says that the state or a provider is broken; the file's own problems stand without it.
    }
    return found;
  }
}

function diagnosticOf(document: vscode.TextDocument, problem: Problem): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(
    rangeOf(document, problem),
    problem.message,
    severities[problem.severity],
  );
  diagnostic.source = 'Trainyard';
  return diagnostic;
}

/** Where the problem is; one that has no extent is drawn under the rest of its word, so that it can be seen. */
export function rangeOf(document: vscode.TextDocument, { start, end }: Problem): vscode.Range {
  const from = document.positionAt(start);
  if (end > start) return new vscode.Range(from, document.positionAt(end));
  return document.getWordRangeAtPosition(from) ?? new vscode.Range(from, from.translate(0, 1));
}
