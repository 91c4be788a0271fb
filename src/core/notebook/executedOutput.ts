/** The name that a job which runs a notebook has for what it leaves: the notebook with its outputs. */
export const executedOutput = 'notebook';

/** The notebook that a job runs; `undefined` for any other job. */
export function notebookOf(envs: Readonly<Record<string, string>>): string | undefined {
  return envs.NOTEBOOK_PARAMETERS === undefined ? undefined : envs.NOTEBOOK;
}
