import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readJobFile, type JobFile } from '../core/jobSpec/jobFile';
import type { JobSpec } from '../core/jobSpec/jobSpec';
import type { Problem } from '../core/jobSpec/problem';
import { readPairs, type Flags } from './arguments';
import { CliError, exitCode } from './exitCode';
import type { CliHost } from './host';

/** A job file from the disk, read with the values that the command line supplies. */
export interface LoadedJobFile {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly file: JobFile;
}

export async function loadJobFile(host: CliHost, name: string, flags: Flags): Promise<LoadedJobFile> {
  const path = resolve(host.cwd, name);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError(exitCode.badInput, unreadable(path, error));
  });
  const supplied = {
    envs: readPairs('env', flags.env, host.env),
    secrets: readPairs('secret', flags.secret, host.env),
  };
  return { path, folder: dirname(path), text, file: readJobFile(text, supplied) };
}

function unreadable(path: string, error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return `There is no such file: ${path}`;
    case 'EISDIR':
      return `A job file is needed, but this is a folder: ${path}`;
    case 'EACCES':
      return `You may not read this file (permission denied): ${path}`;
    default:
      return `The job file can't be read (${error instanceof Error ? error.message : String(error)}): ${path}`;
  }
}

/** The one job of a valid file. Problems stop it, each with its line. */
export function onlyJob(loaded: LoadedJobFile): { spec: JobSpec; secrets: ReadonlyMap<string, string> } {
  const { file, path } = loaded;
  if (!file.valid) {
    const errors = file.problems.filter((problem) => problem.severity === 'error');
    throw new CliError(exitCode.badInput, errors.map((problem) => problemText(path, problem)).join('\n'));
  }
  const [spec, ...others] = file.jobs;
  if (!spec || others.length > 0) {
    throw new CliError(
      exitCode.badInput,
      `This file is a pipeline of ${file.jobs.length} jobs. Pipelines can be validated, but not run yet; submit one job a file: ${path}`,
    );
  }
  return { spec, secrets: file.secretValues[0] ?? new Map<string, string>() };
}

/** `file:line:column: error: message`, the form that editors and CI turn into links. The field is named once. */
export function problemText(
  path: string,
  { line, column, severity, message, path: field }: ProblemLine,
): string {
  const name = /[^.[\]]+$/.exec(field)?.[0] ?? '';
  const where = message.includes(name) ? '' : `${field}: `;
  return `${path}:${line}:${column}: ${severity}: ${where}${message}`;
}

type ProblemLine = Pick<Problem, 'severity' | 'message' | 'line' | 'column' | 'path'>;
