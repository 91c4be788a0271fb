import * as vscode from 'vscode';
import { Disposables, type Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { Host } from '../host';
import type { JobLanguage } from './jobLanguage';
import { jobFileGlob } from './jobFileName';

/** By name, and any YAML: there `JobFiles` decides, which knows what was submitted. */
const selector: vscode.DocumentSelector = [{ pattern: jobFileGlob }, { language: 'yaml' }];

/**
 * Help while a job file is written. The parser and the schema are loaded with the first job file that is opened, and not
 * for other YAML.
 */
export function languageFeatures(host: Host): Disposable {
  const held = new Disposables();
  const lensesChanged = held.add(new Emitter<void>());
  let loading: Promise<JobLanguage> | undefined;
  const load = () =>
    (loading ??= import('./jobLanguage').then((module) => {
      return held.add(
        new module.JobLanguage(host, () => {
          lensesChanged.fire();
        }),
      );
    }));
  const forJobs = async <T>(document: vscode.TextDocument, use: (language: JobLanguage) => T | Promise<T>) =>
    host.jobFiles.has(document) ? use(await load()) : undefined;
  const open = (document: vscode.TextDocument) => {
    void forJobs(document, (language) => language.diagnostics.check(document));
  };
  const openAll = () => {
    vscode.workspace.textDocuments.forEach(open);
  };

  held.add(vscode.workspace.onDidOpenTextDocument(open));
  held.add(host.jobFiles.onDidAdd(openAll));
  held.add(
    vscode.languages.registerCompletionItemProvider(
      selector,
      {
        provideCompletionItems: (document, at) =>
          forJobs(document, (language) => language.complete(document, at)),
      },
      ':',
      ' ',
      '-',
    ),
  );
  held.add(
    vscode.languages.registerHoverProvider(selector, {
      provideHover: (document, at) => forJobs(document, (language) => language.hover(document, at)),
    }),
  );
  held.add(
    vscode.languages.registerCodeActionsProvider(
      selector,
      {
        provideCodeActions: (document, range, context) =>
          forJobs(document, (language) => language.fixes(document, range, context)),
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
  held.add(
    vscode.languages.registerCodeLensProvider(selector, {
      onDidChangeCodeLenses: lensesChanged.event,
      provideCodeLenses: (document) => forJobs(document, (language) => language.lenses(document)),
    }),
  );
  openAll();
  return held;
}
