import * as z from 'zod';
import { acceleratorNames } from './acceleratorNames';
import { infraPattern } from './infra';
import { clouds } from './clouds';
import { anyMap, caseless, fields, numberOrText, section, size, textMap } from './schemaParts';

const exitCode = z.int().min(0).max(255);

const autostop = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^[0-9]+[mhdwMHDW]?$/, 'Expected minutes such as 10, or a duration such as 10m, 2h, 1d or 1w'),
  z.int(),
  fields({
    idle_minutes: z.int().min(0).meta({ description: 'Minutes of idleness after which the machine stops.' }),
    down: z.boolean().meta({ description: 'Delete the machine instead of stopping it.', default: false }),
    wait_for: caseless(['jobs_and_ssh', 'jobs', 'none']).meta({ description: 'What counts as use.' }),
    hook: z.string().meta({ description: 'Deprecated: a script to run before. Use `config.hooks`.' }),
    hook_timeout: z.int().min(1).meta({ description: 'Seconds that `hook` may take.' }),
  }),
]);

const jobRecovery = z.union([
  z.string(),
  z.looseObject({
    strategy: z
      .string()
      .nullish()
      .meta({ description: 'How to recover.', examples: ['FAILOVER', 'EAGER_NEXT_REGION'] }),
    max_restarts_on_errors: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Restarts after failures of the job itself.' }),
    recover_on_exit_codes: z
      .union([
        exitCode,
        z.array(exitCode).refine((codes) => new Set(codes).size === codes.length, 'A code is listed twice'),
      ])
      .optional()
      .meta({ description: 'Exit codes that always lead to a restart.' }),
  }),
]);

const shape = {
  infra: z
    .string()
    .regex(infraPattern, 'Expected cloud, cloud/region or cloud/region/zone, such as aws/us-east-1')
    .meta({
      description: 'Where to run: a cloud, with a region and a zone if you like. `*` stands for any.',
      examples: ['local', 'aws', 'azure', 'gcp', 'ssh', 'k8s', 'aws/us-east-1', '*/us-east-1'],
    }),
  cloud: caseless(clouds).meta({
    description: 'The old way to choose a cloud. Prefer `infra`.',
    examples: [...clouds],
  }),
  region: z.string().meta({ description: 'The old way to choose a region. Prefer `infra`.' }),
  zone: z.string().meta({ description: 'The old way to choose a zone. Prefer `infra`.' }),
  cpus: numberOrText.meta({
    description: 'vCPUs per node: `4` exactly, `4+` at least.',
    examples: [4, '4+', '8+'],
  }),
  memory: numberOrText.meta({
    description: 'Memory per node in GB: `16` exactly, `16+` at least, or with a unit.',
    examples: [16, '16+', '64GB+'],
  }),
  instance_type: z
    .string()
    .meta({ description: 'A type of machine by its name.', examples: ['p4d.24xlarge'] }),
  use_spot: z.boolean().meta({ description: 'Use cheaper machines that may be taken away.', default: false }),
  job_recovery: jobRecovery.meta({
    description: 'What to do when the machine is lost.',
    examples: ['FAILOVER', 'none'],
  }),
  accelerator_args: fields({
    runtime_version: z.string().meta({ description: 'TPU software version.' }),
    tpu_name: z.string().meta({ description: 'Name of the TPU.' }),
    tpu_vm: z.boolean().meta({ description: 'Use a TPU VM.', default: true }),
    gcp_queued_resource: z.boolean().meta({ description: 'Ask for the TPU as a queued resource.' }),
  }).meta({ description: 'Settings of the accelerator.' }),
  disk_size: size.meta({
    description: 'Disk in GB, or with a unit such as `1TB`.',
    default: 256,
    examples: [256, '1TB'],
  }),
  disk_tier: z.string().meta({
    description: 'Speed of the disk.',
    examples: ['low', 'medium', 'high', 'ultra', 'best'],
  }),
  network_tier: z.string().meta({ description: 'Speed of the network.', examples: ['standard', 'best'] }),
  local_disk: z
    .string()
    .meta({ description: 'Local disk, as `mode:size`.', examples: ['nvme', 'nvme:1000+', 'ssd:500'] }),
  ephemeral_storage: size.meta({ description: 'Accepted and without effect. Use `disk_size`.' }),
  max_hourly_cost: z
    .number()
    .gt(0)
    .meta({ description: 'Highest price per hour of a node, in USD.', examples: [5] }),
  ports: z
    .union([z.string(), z.int(), z.array(z.union([z.string(), z.int()])), z.null()])
    .meta({ description: 'Ports to open: a port, a range, or a list.', examples: [8080, '8000-8010'] }),
  labels: textMap.meta({ description: 'Labels (tags) of the machine.' }),
  image_id: z.union([z.string(), anyMap, z.null()]).meta({
    description: 'Machine image, or `docker:IMAGE` for a container; by region where it is a map.',
    examples: ['docker:ubuntu:22.04'],
  }),
  autostop: autostop.meta({
    description: 'Stop the machine when it is idle.',
    examples: [true, '10m', '2h'],
  }),
  priority: z.int().min(-1000).max(1000).meta({ description: 'Higher runs first, -1000 to 1000.' }),
  priority_class: z.string().meta({ description: 'Name of a priority class.' }),
  volumes: z
    .array(
      z.looseObject({
        path: z.string().optional().meta({ description: 'Where to mount it.' }),
        name: z.string().optional().meta({ description: 'Name of the disk.' }),
        disk_size: size.optional().meta({ description: 'Size in GB.' }),
        disk_tier: z.string().optional().meta({ description: 'Speed of the disk.' }),
        storage_type: z
          .string()
          .optional()
          .meta({ description: 'Over the network, or in the machine.', examples: ['network', 'instance'] }),
        auto_delete: z.boolean().optional().meta({ description: 'Delete it with the machine.' }),
        attach_mode: z
          .string()
          .optional()
          .meta({ description: 'Whether the job may write.', examples: ['read_only', 'read_write'] }),
      }),
    )
    .meta({ description: 'Disks to attach.' }),
};

const examples = acceleratorNames.flatMap((name) => [name, `${name}:8`]);
const gpus = { description: 'GPUs or TPUs per node: `A100`, `A100:8`, or several to choose from.', examples };

const choiceAccelerators = z.union([
  z.string(),
  z.record(z.string(), z.number()).refine((map) => Object.keys(map).length <= 1, 'Expected one accelerator'),
]);

const choice = fields({
  accelerators: choiceAccelerators.meta(gpus),
  gpus: choiceAccelerators.meta({ ...gpus, description: 'The same as `accelerators`.' }),
  ...shape,
});

const accelerators = z.union([
  z.string(),
  z.record(z.string(), z.number().nullable()),
  z.array(z.string({ error: 'Expected text such as A100:8' })),
]);

/** What machines would do. */
export const resourcesSchema = section({
  accelerators: accelerators.meta(gpus),
  gpus: accelerators.meta({ ...gpus, description: 'The same as `accelerators`.' }),
  ...shape,
  any_of: z.array(choice).meta({ description: 'Choices on top of the fields above; any will do.' }),
  ordered: z.array(choice).meta({ description: 'Choices on top of the fields above, best first.' }),
});
