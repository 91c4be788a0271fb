import * as z from 'zod';
import { parseDuration } from './duration';
import { fields, textMap } from './schemaParts';

const duration = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const seconds = parseDuration(value);
    if (seconds !== undefined) return seconds;
    context.addIssue({ code: 'custom', message: 'Expected a duration such as 90s, 30m, 2h or 1d' });
    return z.NEVER;
  })
  .meta({ examples: ['30m', '2h', '1d'] });

/** A folder inside the workdir: nothing else travels with a job. */
const folder = pathThat(folderProblem);

/** The platform puts a folder that it keeps in its place, which it can’t do with all of workdir. */
const ownFolder = pathThat((path) => {
  const inWorkdir = path.split(/[/\\]/).some((part) => part !== '' && part !== '.');
  return (
    folderProblem(path) ??
    (inWorkdir
      ? undefined
      : 'The path must be a folder in workdir, not workdir itself, such as ./checkpoints')
  );
});

const outputName = z
  .string()
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$/,
    'Expected letters, digits, . _ and -, beginning with a letter or digit',
  );

const metric = z.strictObject({
  name: z
    .string()
    .min(1)
    .meta({ description: 'Name of the series.', examples: ['loss', 'accuracy'] }),
  regex: z
    .string()
    .superRefine((regex, context) => {
      const message = regexProblem(regex);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .meta({
      description: 'Finds the value in a line of the log: its first group.',
      examples: ['loss=([0-9.eE+-]+)'],
    }),
});

const metrics = z.array(metric).superRefine((list, context) => {
  for (const [index, { name }] of list.entries()) {
    if (list.findIndex((other) => other.name === name) === index) continue;
    context.addIssue({
      code: 'custom',
      message: 'Two metrics have this name. Rename one',
      path: [index, 'name'],
    });
  }
});

const list = z.array(z.string());

/** What Trainyard adds to SkyPilot's format. */
export const trainyardSection = fields({
  outputs: z
    .record(outputName, folder)
    .meta({ description: 'Folders that are kept when the job ends, by name.', examples: ['./model'] }),
  metrics: metrics.meta({
    description: 'Values to read from the log, besides JSON lines and `##trainyard` lines.',
  }),
  register: z
    .strictObject({
      model: z.string().min(1).meta({ description: 'Name of the model.' }),
      path: folder.meta({ description: 'Folder of the model.', examples: ['./model'] }),
    })
    .meta({ description: 'On success, register a new version of a model with its lineage.' }),
  guardrails: fields({
    max_duration: duration.meta({ description: 'Stop the job after this time.' }),
    max_cost: z
      .number()
      .gt(0)
      .meta({ description: 'Stop the job before it costs more, in USD.', examples: [20] }),
    idle_gpu: z
      .strictObject({
        below: z
          .number()
          .gt(0)
          .max(100)
          .meta({ description: 'Idle is below this percentage.', examples: [5] }),
        for: duration.meta({ description: 'Idle for this long.' }),
      })
      .meta({ description: 'Stop the job when all its GPUs are idle.' }),
  }).meta({ description: 'Limits that the machine itself enforces.' }),
  checkpoint: z
    .strictObject({
      path: ownFolder.meta({ description: 'Folder of the checkpoints.', examples: ['./checkpoints'] }),
    })
    .meta({ description: 'Where the job saves its progress, so that a restart can go on.' }),
  retry: z
    .strictObject({
      max_restarts: z
        .int()
        .min(0)
        .max(100)
        .meta({ description: 'How often to start again.', examples: [3] }),
      on: z
        .array(z.enum(['spot_interruption', 'node_failure', 'job_failure']))
        .min(1)
        .meta({ description: 'After which failures.' }),
    })
    .meta({ description: 'Start the job again when it fails.' }),
  aws: fields({
    role: z.string().meta({ description: 'ARN of the role that the job runs as.' }),
    image: z.string().meta({
      description:
        'Container image in Amazon ECR, or one of AWS’s own: `pytorch`, `tensorflow`, or with a version.',
      examples: ['pytorch', 'pytorch:2.7', 'tensorflow'],
    }),
    bucket: z.string().meta({ description: 'Bucket for code and outputs.' }),
    subnets: list.meta({ description: 'Subnets of the machines.' }),
    security_groups: list.meta({ description: 'Security groups of the machines.' }),
    kms_key: z.string().meta({ description: 'Key that encrypts disks and outputs.' }),
    keep_alive: duration.meta({ description: 'Keep the machines for the next job this long.' }),
    max_wait: duration.meta({
      description: 'Longest time from the submission of a spot job to its end, waiting included.',
    }),
    tags: textMap.meta({ description: 'Tags of the job.' }),
  }).meta({ description: 'What only AWS has.' }),
  azure: fields({
    compute: z.string().meta({ description: 'Name of a compute cluster; without it the job is serverless.' }),
    environment: z.string().meta({ description: 'Environment, such as `azureml:NAME@latest`.' }),
    experiment: z.string().meta({ description: 'Name of the experiment.' }),
    identity: z.enum(['user', 'managed', 'aml_token']).meta({ description: 'Whom the job runs as.' }),
    shm_size: z.string().meta({ description: 'Shared memory of the container.', examples: ['16g'] }),
    tags: textMap.meta({ description: 'Tags of the job.' }),
  }).meta({ description: 'What only Azure Machine Learning has.' }),
  gcp: fields({
    service_account: z.string().meta({ description: 'Account that the job runs as.' }),
    image: z.string().meta({ description: 'Container image, in place of Google’s own.' }),
    bucket: z.string().meta({ description: 'Bucket for code and outputs.' }),
    network: z.string().meta({ description: 'Network of the machines.' }),
    labels: textMap.meta({ description: 'Labels of the job.' }),
  }).meta({ description: 'What only Google Cloud has.' }),
});

/** In canonical form durations are in seconds. */
export type TrainyardSection = z.output<typeof trainyardSection>;

function pathThat(problemOf: (path: string) => string | undefined) {
  return z.string().superRefine((path, context) => {
    const message = problemOf(path);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

function folderProblem(path: string): string | undefined {
  if (path.trim() === '') return 'Expected a folder such as ./model';
  if (/^(?:[/\\~]|[a-zA-Z]:)/.test(path)) return 'The path must be relative to workdir, such as ./model';
  return path.split(/[/\\]/).includes('..') ? 'The path must stay inside workdir, without ..' : undefined;
}

/** The engine's own words, without the pattern that it repeats. */
function regexProblem(regex: string): string | undefined {
  if (regex === '') return 'Expected a regular expression with a group, such as loss=([0-9.]+)';
  if (regex.length > 1000) return 'The regular expression is too long: it may have 1,000 characters';
  try {
    const groups = new RegExp(`${regex}|`).exec('')?.length ?? 1;
    return groups > 1
      ? undefined
      : 'The regular expression needs a group for the value, such as loss=([0-9.]+)';
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `Not a valid regular expression (${error.message.split(': ').at(-1) ?? 'syntax'})`;
  }
}
