import { nameProblem } from './jobName';
import type { JobSpec } from './jobSpec';
import type { Path } from './yamlTree';

/** Why a valid job can't be started. */
export interface SubmitProblem {
  readonly message: string;
  /** The field to mend, for `locate`. */
  readonly path: Path;
}

/** What SkyPilot's loader lets pass and a start does not; empty when the job can be submitted. */
export function submitProblems(spec: JobSpec): readonly SubmitProblem[] {
  const problems: SubmitProblem[] = [];
  const name = spec.name === null ? undefined : nameProblem(spec.name);
  if (name) problems.push({ message: name, path: ['name'] });
  if (spec.run === null && spec.setup === null) {
    problems.push({ message: 'The job has nothing to do. Add run', path: [] });
  }
  if (spec.secrets_to_supply.length > 0) {
    const names = spec.secrets_to_supply;
    const options = names.map((secret) => `--secret ${secret}=…`).join(' ');
    problems.push({
      message: `${names.join(', ')} ${names.length > 1 ? 'have' : 'has'} no value: give it with ${options}`,
      path: ['secrets'],
    });
  }
  for (const path of Object.keys(spec.file_mounts)) {
    if (path.endsWith('/'))
      problems.push({ message: `A mount’s path can't end with /: ${path}`, path: ['file_mounts', path] });
  }
  return problems;
}
