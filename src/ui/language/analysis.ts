import type * as vscode from 'vscode';
import type { JobFile } from '../../core/jobSpec/jobFile';
import { readJobFile } from '../../core/jobSpec/jobFile';
import type { Problem } from '../../core/jobSpec/problem';
import type { Offer } from '../../core/provider';
import type { Core } from '../../services/core';
import { missingEnvs } from '../submit/missingEnvs';

export interface Analysis {
  /** As it would be with any value for what it leaves to the submitter. */
  readonly file: JobFile;
  /** What a person should see; that a value is left to be given is no error here. */
  readonly problems: readonly Problem[];
}

/** Reads a job file as an editor shows it. */
export function analyse(text: string): Analysis {
  const written = readJobFile(text);
  const missing = missingEnvs(text, written.problems);
  if (missing.length === 0) return { file: written, problems: written.problems };
  const file = readJobFile(text, { envs: Object.fromEntries(missing.map(({ name }) => [name, ''])) });
  const notes = missing.map(({ name, problem }): Problem => ({
    ...problem,
    severity: 'info',
    message: `${name} has no value here: it is asked for when the job is submitted.`,
  }));
  return { file, problems: [...file.problems, ...notes] };
}

/** One reading a version of a document, and one plan a spec, shared by all that look at it. */
export class Analyses {
  private readonly read = new WeakMap<vscode.TextDocument, { version: number; analysis: Analysis }>();
  private planned = new WeakMap<vscode.TextDocument, { spec: string; offers: Promise<readonly Offer[]> }>();

  of(document: vscode.TextDocument): Analysis {
    const known = this.read.get(document);
    if (known?.version === document.version) return known.analysis;
    const analysis = analyse(document.getText());
    this.read.set(document, { version: document.version, analysis });
    return analysis;
  }

  /** Where the document's only job could run; empty while the file has errors or several jobs. */
  async offers(document: vscode.TextDocument, core: Core): Promise<readonly Offer[]> {
    const { file } = this.of(document);
    const [job, ...others] = file.jobs;
    if (!file.valid || !job || others.length > 0) return [];
    const spec = JSON.stringify(job);
    const known = this.planned.get(document);
    if (known?.spec === spec) return known.offers;
    const offers = core.jobs.plan(job, new AbortController().signal);
    this.planned.set(document, { spec, offers });
    offers.catch(() => this.planned.delete(document));
    return offers;
  }

  /** Prices, connections or settings changed: the next question is asked anew. */
  forgetPlans(): void {
    this.planned = new WeakMap();
  }
}
