import * as vscode from 'vscode';
import type { Host } from '../host';
import { lensTitle } from '../submit/offerText';
import type { Analyses } from './analysis';

/** The lens whose title needs the plan, which is asked for only when the lens comes into sight. */
class SubmitLens extends vscode.CodeLens {
  constructor(
    range: vscode.Range,
    readonly document: vscode.TextDocument,
  ) {
    super(range);
  }
}

/** `▶ Submit to local · 2 nodes · $0.00/h | Plan… | Validate`, over the first line of the job. */
export function codeLenses(analyses: Analyses, document: vscode.TextDocument): vscode.CodeLens[] {
  const { file } = analyses.of(document);
  const first = document
    .getText()
    .split('\n')
    .findIndex((line) => /^[^\s#-]/.test(line));
  const range = new vscode.Range(Math.max(first, 0), 0, Math.max(first, 0), 0);
  const validate = new vscode.CodeLens(range, lens('Validate', 'trainyard.job.validate', document));
  // A pipeline can be checked, not run: no lens offers what would only be refused.
  if (file.valid && file.jobs.length > 1) return [validate];
  return [
    new SubmitLens(range, document),
    new vscode.CodeLens(range, lens('Plan…', 'trainyard.job.plan', document)),
    validate,
  ];
}

export async function resolveCodeLens(
  host: Host,
  analyses: Analyses,
  given: vscode.CodeLens,
): Promise<vscode.CodeLens> {
  if (!(given instanceof SubmitLens)) return given;
  const { document } = given;
  const offers = await host.core
    .get()
    .then((core) => analyses.offers(document, core))
    // Submitting says what is wrong; a lens is no place for it.
    .catch(() => []);
  given.command = lens(lensTitle(offers), 'trainyard.job.submit', document);
  return given;
}

function lens(title: string, command: string, document: vscode.TextDocument): vscode.Command {
  return { title, command, arguments: [document.uri] };
}
