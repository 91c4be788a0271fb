const jobFileName = /\.(job|sky)\.ya?ml$/i;

/** For `findFiles` and document selectors. */
export const jobFileGlob = '**/*.{job,sky}.{yaml,yml}';

/** Whether its name says that it is a job file. */
export function isJobFileName(path: string): boolean {
  return jobFileName.test(path);
}
