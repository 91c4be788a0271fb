const spelling = /^[a-zA-Z0-9]+(?:[._-]{1,2}[a-zA-Z0-9]+)*$/;
const maxLength = 63;

/** What is wrong with a job's name. SkyPilot loads such a job, but does not start it. */
export function nameProblem(name: string): string | undefined {
  if (name.length > maxLength) return `The name has ${name.length} characters: shorten it to ${maxLength}`;
  if (spelling.test(name)) return undefined;
  return 'A name has letters, digits and single or double . _ - between them. Rename the job, such as train-1';
}
