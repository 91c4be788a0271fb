import * as vscode from 'vscode';
import type { Offer } from '../../core/provider';
import { lensTitle } from '../submit/offerText';
import type { Analyses } from './analysis';

/**
 * `▶ Submit to local · 2 nodes · $0.00/h | Plan… | Validate`, over the first line of the job. Without `offers`, which are not
 * known yet, the first says only `▶ Submit…`; it works all the same.
 */
export function codeLenses(
  analyses: Analyses,
  document: vscode.TextDocument,
  offers: readonly Offer[] | undefined,
): vscode.CodeLens[] {
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
    new vscode.CodeLens(range, lens(lensTitle(offers ?? []), 'trainyard.job.submit', document)),
    new vscode.CodeLens(range, lens('Plan…', 'trainyard.job.plan', document)),
    validate,
  ];
}

function lens(title: string, command: string, document: vscode.TextDocument): vscode.Command {
  return { title, command, arguments: [document.uri] };
}
