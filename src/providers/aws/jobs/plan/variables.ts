import type { JobSpec } from '../../../../core/jobSpec/jobSpec';
import { isReserved } from '../../../launched/unsupported';
import { bucketMounts } from '../storage/bucketMounts';

/** SageMaker’s limits of `Environment`, which keeps a job’s envs. */
const longest = 512;
const most = 100;

/** The job’s envs as SageMaker’s `Environment`, where anybody who may describe the job can read them; secrets never go there. */
export function variablesOf({ envs }: JobSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(envs).filter(([name]) => !isReserved(name)));
}

/** What src/remote/sagemaker.sh takes besides the launcher’s variables: which channel and which checkpoints are to be where. */
export function layoutVariables(spec: JobSpec, objects?: ReadonlySet<string>): Record<string, string> {
  const lines = (isObject: boolean) =>
    bucketMounts(spec, objects)
      .filter((mount) => mount.isObject === isObject)
      .map(({ channel, destination }) => `${channel}=${destination}\n`);
  const channels = lines(false);
  const files = lines(true);
  const checkpoints = spec.trainyard?.checkpoint?.path;
  return {
    ...(channels.length > 0 && { TRAINYARD_CHANNELS: channels.join('') }),
    ...(files.length > 0 && { TRAINYARD_FILE_CHANNELS: files.join('') }),
    ...(checkpoints !== undefined && { TRAINYARD_CHECKPOINTS: checkpoints }),
  };
}

/** Why SageMaker would refuse the job because of its envs, each with its place in the file. */
export function variableProblems(
  spec: JobSpec,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const variables = Object.entries(variablesOf(spec));
  const problems = variables.flatMap(([name, value]) => {
    const message = problemOf(name, value);
    return message === undefined ? [] : [{ path: ['envs', name], message }];
  });
  if (variables.length > most)
    problems.push({
      path: ['envs'],
      message: `SageMaker takes ${most} envs, and these are ${variables.length}: the job would be refused. Put some in a file of the workdir.`,
    });
  return problems;
}

function problemOf(name: string, value: string): string | undefined {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
    return `SageMaker takes names of letters, digits and _ only: the job would be refused because of ${name}.`;
  const part = name.length > longest ? 'name' : value.length > longest ? 'value' : undefined;
  if (part === undefined) return undefined;
  const length = part === 'name' ? name.length : value.length;
  return `SageMaker takes ${longest} characters, and the ${part} of ${name.slice(0, 60)} has ${length}: the job would be refused. Put it in a file of the workdir, or make it a secret.`;
}
