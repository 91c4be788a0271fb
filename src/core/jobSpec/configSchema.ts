import * as z from 'zod';
import { anyMap, fields, textMap } from './schemaParts';

const nonEmpty = z.string().min(1);
const dockerMode = z.enum(['ALL', 'BUILD']);
const duration = z.string().regex(/^[0-9]+[mhdwMHDW]?$/, 'Expected a duration such as 30m or 2h');

function told<S extends z.ZodType>(description: string, schema: S): S {
  return schema.meta({ description });
}

const metadata = told(
  'Labels and annotations of what is made.',
  anyMap.refine(
    (map) => !('name' in map) && !('namespace' in map),
    'custom_metadata can have neither name nor namespace. Remove it',
  ),
);
const podConfig = told('Parts of the pod, in Kubernetes’s own words.', anyMap);
const provisionTimeout = told('Seconds to wait for machines.', z.int());
const queue = 'Queue that pays for the job.';

const hook = fields({
  events: z
    .array(z.enum(['stop', 'preemption', 'down']))
    .min(1)
    .refine((events) => new Set(events).size === events.length, 'An event is listed twice')
    .meta({ description: 'When to run it; without this field at each of them.' }),
  timeout: z.int().min(1).meta({ description: 'Seconds it may take.', default: 3600 }),
}).extend({ run: told('The script to run.', z.string().min(1).max(16_384)) });

const gcp = fields({
  managed_instance_group: told(
    'Wait for machines as a group.',
    z.strictObject({
      run_duration: told('Seconds that the machines are needed.', z.int()),
      provision_timeout: provisionTimeout.optional(),
    }),
  ),
  enable_gvnic: told('Use the faster network card.', z.boolean()),
  enable_gpu_direct: told('Let GPUs use the network directly.', z.boolean()),
  placement_policy: told('How close the machines are.', z.string()),
  vpc_name: told(
    'Network of the machines.',
    z
      .string()
      .regex(/^(?:[-a-z0-9]+\/)?[-a-z0-9]+$/, 'Expected a network such as my-vpc or project/my-vpc')
      .nullable(),
  ),
  subnet_names: told('Subnets of the machines.', z.union([z.string(), z.null(), z.array(z.string())])),
});

const oneEntry = z
  .record(z.string(), nonEmpty)
  .refine((map) => Object.keys(map).length === 1, 'Expected one entry');

const kubernetes = {
  pod_config: podConfig,
  provision_timeout: provisionTimeout,
  custom_metadata: metadata,
  kueue: told(
    'Queueing with Kueue.',
    fields({
      local_queue_name: told('Name of the queue.', z.string()),
      admission_timeout: told('Seconds to wait for admission.', z.int()),
    }),
  ),
  quota: told('Whose quota is used.', z.looseObject({ queue: told(queue, z.string()).optional() })),
  dws: told(
    'Google’s Dynamic Workload Scheduler.',
    fields({
      enabled: told('Use it.', z.boolean()),
      max_run_duration: told('How long the machines are needed.', z.union([duration, z.int()])),
    }),
  ),
  remote_identity: told('Service account of the pod, or that by context.', z.union([z.string(), textMap])),
  set_pod_resource_limits: told(
    'Limit the pod to what it asks for, or to a multiple.',
    z.union([z.boolean(), z.number().min(1)]),
  ),
  enable_docker: told(
    'Let the job run or build containers.',
    z.union([
      z.boolean(),
      dockerMode,
      z.strictObject({
        mode: told('Run and build, or build only.', dockerMode),
        cache_volume: told('Volume for the cache.', z.string()).optional(),
      }),
    ]),
  ),
};

const slurm = {
  sbatch_options: told(
    'Options of sbatch.',
    z.record(
      z.string(),
      z.union([z.string().regex(/^[^\n]*$/, 'Expected one line'), z.number(), z.boolean(), z.null()]),
    ),
  ),
  quota: told(
    'Whose quota is used.',
    z.looseObject({
      queue: told(queue, nonEmpty).optional(),
      account: told('Account that pays.', nonEmpty).optional(),
    }),
  ),
  cpu_partition: told('Partition for jobs without GPUs.', z.string()),
};

/** SkyPilot's own settings, for one job. What is not named here passes as it is. */
export const configSchema = z.looseObject({
  ...fields({
    docker: told(
      'Settings of Docker.',
      fields({ run_options: told('Options of docker run.', z.union([z.string(), z.array(z.string())])) }),
    ),
    nvidia_gpus: told(
      'Settings of NVIDIA GPUs.',
      fields({ disable_ecc: told('Turn error correction off.', z.boolean()) }),
    ),
    active_workspace: told('SkyPilot’s workspace.', z.string()),
    gcp: told('Settings of Google Cloud.', gcp),
    azure: told(
      'Settings of Azure.',
      fields({
        vpc_name: told('Network of the machines.', z.string().nullable()),
        remote_identity: told('Identity of the machines.', z.union([nonEmpty, z.array(oneEntry)])),
      }),
    ),
    kubernetes: told('Settings of Kubernetes.', z.looseObject(fields(kubernetes).shape)),
    ssh: told(
      'Settings of SSH node pools.',
      fields({ pod_config: podConfig, provision_timeout: provisionTimeout, custom_metadata: metadata }),
    ),
    slurm: told('Settings of Slurm.', z.looseObject(fields(slurm).shape)),
    vast: told(
      'Settings of Vast.',
      fields({
        datacenter_only: told('Only machines in data centres.', z.boolean()),
        create_instance_kwargs: told('Further settings of the machine.', anyMap),
      }),
    ),
    hooks: told('Scripts that run when the machine stops or is lost.', z.array(hook).max(32)),
  }).shape,
});
