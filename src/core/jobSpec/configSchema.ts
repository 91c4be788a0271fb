import { z } from 'zod';
import { anyMap, fields, textMap } from './schemaParts';

const metadata = anyMap.refine(
  (map) => !('name' in map) && !('namespace' in map),
  'custom_metadata can have neither name nor namespace. Remove it',
);
const quota = z.looseObject({ queue: z.string().optional() });
const dockerMode = z.enum(['ALL', 'BUILD']);
const nonEmpty = z.string().min(1);

const hook = fields({
  events: z
    .array(z.enum(['stop', 'preemption', 'down']))
    .min(1)
    .refine((events) => new Set(events).size === events.length, 'An event is listed twice')
    .meta({ description: 'When to run it; without this field at each of them.' }),
  timeout: z.int().min(1).meta({ description: 'Seconds it may take.', default: 3600 }),
}).extend({ run: z.string().min(1).max(16_384).meta({ description: 'The script to run.' }) });

/** SkyPilot's own settings, for one job. What is not named here passes as it is. */
export const configSchema = z.looseObject({
  docker: fields({ run_options: z.union([z.string(), z.array(z.string())]) }).optional(),
  nvidia_gpus: fields({ disable_ecc: z.boolean() }).optional(),
  active_workspace: z.string().optional(),
  gcp: fields({
    managed_instance_group: z.strictObject({ run_duration: z.int(), provision_timeout: z.int().optional() }),
    enable_gvnic: z.boolean(),
    enable_gpu_direct: z.boolean(),
    placement_policy: z.string(),
    vpc_name: z
      .string()
      .regex(/^(?:[-a-z0-9]+\/)?[-a-z0-9]+$/, 'Expected a network such as my-vpc or project/my-vpc')
      .nullable(),
    subnet_names: z.union([z.string(), z.null(), z.array(z.string())]),
  }).optional(),
  azure: fields({
    vpc_name: z.string().nullable(),
    remote_identity: z.union([
      nonEmpty,
      z.array(
        z.record(z.string(), nonEmpty).refine((map) => Object.keys(map).length === 1, 'Expected one entry'),
      ),
    ]),
  }).optional(),
  kubernetes: z
    .looseObject({
      pod_config: anyMap.optional(),
      provision_timeout: z.int().optional(),
      custom_metadata: metadata.optional(),
      kueue: fields({ local_queue_name: z.string(), admission_timeout: z.int() }).optional(),
      quota: quota.optional(),
      dws: fields({
        enabled: z.boolean(),
        max_run_duration: z.union([
          z.string().regex(/^[0-9]+[mhdwMHDW]?$/, 'Expected a duration such as 30m or 2h'),
          z.int(),
        ]),
      }).optional(),
      remote_identity: z.union([z.string(), textMap]).optional(),
      set_pod_resource_limits: z.union([z.boolean(), z.number().min(1)]).optional(),
      enable_docker: z
        .union([
          z.boolean(),
          dockerMode,
          z.strictObject({ mode: dockerMode, cache_volume: z.string().optional() }),
        ])
        .optional(),
    })
    .optional(),
  ssh: fields({ pod_config: anyMap, provision_timeout: z.int(), custom_metadata: metadata }).optional(),
  slurm: z
    .looseObject({
      sbatch_options: z
        .record(
          z.string(),
          z.union([z.string().regex(/^[^\n]*$/, 'Expected one line'), z.number(), z.boolean(), z.null()]),
        )
        .optional(),
      quota: z.looseObject({ queue: nonEmpty.optional(), account: nonEmpty.optional() }).optional(),
      cpu_partition: z.string().optional(),
    })
    .optional(),
  vast: fields({ datacenter_only: z.boolean(), create_instance_kwargs: anyMap }).optional(),
  hooks: z
    .array(hook)
    .max(32)
    .optional()
    .meta({ description: 'Scripts that run when the machine stops or is lost.' }),
});
