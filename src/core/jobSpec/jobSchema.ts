import * as z from 'zod';
import { configSchema } from './configSchema';
import { storageSchema } from './mountSchema';
import { resourcesSchema } from './resourcesSchema';
import { anyMap, section } from './schemaParts';
import { poolSchema, serviceSchema } from './serviceSchema';
import { trainyardSection } from './trainyardSection';

const transfer = z
  .record(z.string(), z.number())
  .refine((map) => Object.keys(map).length === 1, 'Expected one entry: URL: GB');

const envName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'Expected letters, digits and _, not starting with a digit');

const envs = z.record(envName, z.string().nullable());

const managedSecret = z.union([
  z.string(),
  z
    .record(
      z.string(),
      z.strictObject({
        mount_path: z.string().optional().meta({ description: 'File to put the secret in.' }),
      }),
    )
    .refine((map) => Object.keys(map).length <= 1, 'Expected one secret an entry'),
]);

const shape = {
  name: z
    .string()
    .meta({ description: 'Name of the job: letters, digits, `-`, `_` and `.`.', examples: ['train'] }),
  num_nodes: z.int().min(1).meta({ description: 'How many machines run the job together.', default: 1 }),
  workdir: z
    .union([
      z.string(),
      z.strictObject({
        url: z.string().meta({ description: 'URL of the repository.' }),
        ref: z.string().optional().meta({ description: 'Branch, tag or commit.' }),
      }),
    ])
    .meta({
      description:
        'Folder that is copied to each node and in which `setup` and `run` start; or a git repository.',
      examples: ['.'],
    }),
  envs: envs.meta({ description: 'Environment variables. One without a value must be given with `--env`.' }),
  secrets: z.union([z.record(z.string(), z.string().nullable()), z.array(z.string())]).meta({
    description:
      'Like `envs`, but the values are never shown or stored. One without a value must be given with `--secret`.',
  }),
  managed_secrets: z.array(managedSecret).meta({ description: 'Secrets that are kept elsewhere.' }),
  setup: z.string().meta({ description: 'Shell script that prepares a node; runs once, before `run`.' }),
  run: z.string().meta({ description: 'Shell script that is the job. It runs on every node.' }),
};

/** Fields that few jobs have; completion offers them last. */
const rare = {
  event_callback: z.string().meta({ description: 'Shell script that runs when the job’s state changes.' }),
  api_server_access: z.boolean().meta({ description: 'Let the job start other jobs.', default: true }),
  inputs: transfer.meta({ description: 'URL of the input data and its GB, for cost estimates.' }),
  outputs: transfer.meta({ description: 'URL of the output data and its GB, for cost estimates.' }),
  config: configSchema.meta({ description: 'SkyPilot settings for this job, and `hooks`.' }),
  file_mounts_mapping: anyMap.meta({ description: 'For SkyPilot’s own use.' }),
  volume_mounts: z.array(anyMap).meta({ description: 'For SkyPilot’s own use.' }),
  _metadata: anyMap,
  _user_specified_yaml: z.unknown(),
};

/** What the parts hold that are read on their own, once the variables in them have their values. */
const parts = {
  resources: resourcesSchema.meta({ description: 'What machines would do.' }),
  file_mounts: z.record(z.string(), z.union([z.string(), storageSchema])).meta({
    description: 'Files and buckets to put on each node, by destination.',
  }),
  volumes: anyMap.meta({ description: 'Volumes to mount, by path.' }),
  service: serviceSchema.meta({ description: 'How the job serves requests.' }),
  pool: poolSchema.meta({ description: 'Workers that stay up and take jobs.' }),
  trainyard: trainyardSection.meta({
    description: 'What Trainyard adds: outputs, metrics, guardrails, retry.',
  }),
};

/** A job file as people write it: the one source of types, checks, completion and hover. */
export const jobSchema = section({ ...shape, ...parts, ...rare });

/** The job's own fields; its parts are only looked at as maps. */
export const jobFieldsSchema = section({
  ...shape,
  ...rare,
  ...Object.fromEntries(Object.keys(parts).map((name) => [name, anyMap])),
});
