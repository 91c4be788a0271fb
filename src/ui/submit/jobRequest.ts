import type * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import { readJobFile, type JobFile } from '../../core/jobSpec/jobFile';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import { submitProblems } from '../../core/jobSpec/submitProblems';
import type { Host } from '../host';
import { InvalidInput } from '../invalidInput';
import { folderOf, nameOf } from './jobDocument';
import { missingEnvs } from './missingEnvs';
import { askValue, secretValues } from './secretValues';

/** The text of a job file and where it belongs. */
export interface JobText {
  readonly text: string;
  /** For people, such as `digits.job.yaml`. */
  readonly label: string;
  /** Absolute path that its relative paths start from. */
  readonly baseFolder: string;
  /** The same for people, such as `samples/digits`. */
  readonly folder: string;
  readonly source?: string;
  /** Values known from before, which are not asked for again. */
  readonly envs?: Readonly<Record<string, string>>;
  readonly secrets?: ReadonlyMap<string, string>;
  /** Names of secrets whose value in the text was blanked. */
  readonly blanked?: readonly string[];
}

/** Everything about a job to submit but the place. */
export interface JobRequest extends JobText {
  readonly spec: JobSpec;
  /** Asks for the secrets that nobody gave yet, and gives the spec with all of it. */
  complete(): Promise<{ readonly spec: JobSpec; readonly secrets: ReadonlyMap<string, string> }>;
}

export function textOf(document: vscode.TextDocument): JobText {
  return {
    text: document.getText(),
    label: nameOf(document.uri),
    ...folderOf(document.uri),
    source: document.uri.fsPath,
  };
}

/** The one job of a file, with values asked for where it leaves variables open. Throws `InvalidInput` with what is wrong. */
export async function requestOf(host: Host, job: JobText): Promise<JobRequest> {
  // Errors first: nobody wants to give values for a file that is refused afterwards.
  specForPlan(job);
  const title = `Submit ${job.label}`;
  const envs: Record<string, string> = {};
  for (const { name } of missingEnvs(job.text, readJobFile(job.text).problems)) {
    envs[name] = job.envs?.[name] ?? (await askValue(title, name));
  }
  const spec = onlyJob(readJobFile(job.text, { envs }), job);
  return {
    ...job,
    spec,
    async complete() {
      const open = [...new Set([...spec.secrets_to_supply, ...(job.blanked ?? [])])];
      const known = [...(job.secrets ?? [])].filter(([name]) => open.includes(name));
      const unknown = open.filter((name) => job.secrets?.has(name) !== true);
      const secrets = new Map([...known, ...(await secretValues(host, title, unknown))]);
      const file = readJobFile(job.text, { envs, secrets: Object.fromEntries(secrets) });
      const whole = onlyJob(file, job);
      const [problem] = submitProblems(whole);
      if (problem) throw new InvalidInput(`${job.label}: ${problem.message}`, showProblems);
      return { spec: whole, secrets: file.secretValues[0] ?? new Map<string, string>() };
    },
  };
}

/** The job of a file for a look at its plan: nothing is asked, since no price depends on a variable's value. */
export function specForPlan(job: JobText): JobSpec {
  const file = readJobFile(job.text);
  const envs = Object.fromEntries(missingEnvs(job.text, file.problems).map(({ name }) => [name, '']));
  return onlyJob(Object.keys(envs).length > 0 ? readJobFile(job.text, { envs }) : file, job);
}

const showProblems = { title: 'Show Problems', command: 'workbench.actions.view.problems', arguments: [] };

function onlyJob(file: JobFile, { label }: JobText): JobSpec {
  if (!file.valid) {
    const [first, ...others] = file.problems.filter((problem) => problem.severity === 'error');
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    const where = first ? `line ${first.line}: ${first.message}${more}` : 'it is not a job file';
    throw new InvalidInput(`${label} can’t be submitted, ${where}`, showProblems);
  }
  const [spec, ...rest] = file.jobs;
  if (spec && rest.length === 0) return spec;
  throw new ProviderError(
    'invalid',
    `${label} is a pipeline of ${file.jobs.length} jobs, which can be checked but not run yet. Submit one job a file.`,
  );
}
