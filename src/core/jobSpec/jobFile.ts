import { Field } from './field';
import { type ReadJob, readJob } from './job';
import { readHeader } from './jobGroup';
import type { JobSpec } from './jobSpec';
import type { Problem } from './problem';
import { Report } from './report';
import { TextPosition } from './textPosition';
import { readYamlDocuments, type YamlDocuments } from './yamlDocuments';
import { isNull, type Path, spanAt, type Tree } from './yamlTree';

export interface Dag {
  readonly name: string | null;
  /** `parallel` for a job group. */
  readonly execution: 'serial' | 'parallel';
  readonly job_group: boolean;
  readonly primary_tasks: readonly string[] | null;
}

export interface JobFile {
  /** Whether SkyPilot would load it and Trainyard's own section is sound. Then `jobs` is complete. */
  readonly valid: boolean;
  readonly jobs: readonly JobSpec[];
  readonly dag: Dag;
  readonly problems: readonly Problem[];
  /** Values of inline and supplied secrets, per job. Never part of `JobSpec` but where SkyPilot substitutes them. */
  readonly secretValues: readonly ReadonlyMap<string, string>[];
}

/** Values for variables that a file leaves open. They hold for all its jobs. */
export interface Supplied {
  readonly envs?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Reads a job file of any content: what is wrong with it is a problem, never an exception. */
export function readJobFile(text: string, supplied: Supplied = {}): JobFile {
  const report = new Report(text);
  const yaml = readYamlDocuments(text, report);
  const { dag, jobs: documents } = report.errors > 0 ? nothing : readDocuments(yaml, report);
  const jobs = documents.flatMap((document): ReadJob[] => {
    const job = readJob(new Field(document, [], report), supplied);
    return job ? [job] : [];
  });
  const second = documents[1];
  if (second) {
    const start = { start: second.start, end: Math.min(second.end, lineEnd(text, second.start)) };
    report.add(
      'warning',
      start,
      [],
      'Several jobs in one file can be validated and planned, but not submitted yet. Submit one job a file',
    );
  }
  return {
    valid: report.errors === 0,
    jobs: jobs.map(({ spec }) => spec),
    dag,
    problems: report.problems,
    secretValues: jobs.map(({ secrets }) => secrets),
  };
}

/** Where a field of a job is, for problems that others find. `path` is as in `JobSpec`'s file form: `['resources', 'cpus']`. */
export function locate(
  text: string,
  job: number,
  path: Path,
): { readonly line: number; readonly column: number; readonly start: number; readonly end: number } {
  const report = new Report(text);
  const yaml = readYamlDocuments(text, report);
  const tree = readDocuments(yaml, new Report(text)).jobs[job];
  const start = tree ? spanAt(tree, path, true) : { start: 0, end: 0 };
  const span =
    tree && start === tree
      ? { start: tree.start, end: Math.min(tree.end, lineEnd(text, tree.start)) }
      : start;
  return { ...new TextPosition(text).at(span.start), start: span.start, end: span.end };
}

const nothing: { dag: Dag; jobs: readonly Tree[] } = {
  dag: { name: null, execution: 'serial', job_group: false, primary_tasks: null },
  jobs: [],
};

/** Which documents are jobs, and what the others say of them all. */
function readDocuments(
  { trees, duplicates }: YamlDocuments,
  report: Report,
): { dag: Dag; jobs: readonly Tree[] } {
  const fields = trees.map((tree) => new Field(tree, [], report));
  const header = readHeader(fields);
  for (const { name, firstLine, ...span } of duplicates) {
    // SkyPilot does not look for them in job groups, and takes the last.
    const severity = header.dag.job_group ? 'warning' : 'error';
    report.add(severity, span, [], `"${name}" is already given in line ${firstLine}. Remove one`);
  }
  if (trees.every(isEmpty)) {
    report.add('error', { start: 0, end: 0 }, [], 'The file has no job. Add at least run');
    return nothing;
  }
  const documents = header.jobs.filter(({ isNull: empty }) => !empty);
  for (const document of documents) {
    if (document.kind !== 'map') document.error('A job is a mapping of fields such as run: …');
  }
  return { dag: header.dag, jobs: documents.filter(({ kind }) => kind === 'map').map(({ tree }) => tree) };
}

/** What counts as nothing in Python. */
function isEmpty(tree: Tree): boolean {
  if (tree.kind === 'map') return tree.entries.length === 0;
  if (tree.kind === 'list') return tree.items.length === 0;
  return isNull(tree) || (tree.value.type === 'str' && tree.value.value === '');
}

function lineEnd(text: string, from: number): number {
  const end = text.slice(from).search(/[\r\n]/);
  return end < 0 ? text.length : from + end;
}
