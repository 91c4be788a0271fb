import { z } from 'zod';
import { anyMap, caseless, fields, section, textMap } from './schemaParts';

const count = z.int().min(0);
const qps = z.number().min(0);

const poolFields = {
  workers: count.meta({ description: 'How many workers.' }),
  min_workers: count.meta({ description: 'Fewest workers.' }),
  max_workers: count.meta({ description: 'Most workers.' }),
  queue_length_threshold: z.int().min(1).meta({ description: 'Waiting jobs that lead to one more worker.' }),
  upscale_delay_seconds: qps.meta({ description: 'Seconds to wait before adding a worker.' }),
  downscale_delay_seconds: qps.meta({ description: 'Seconds to wait before removing one.' }),
};

const probe = z.union([
  z.string(),
  fields({
    initial_delay_seconds: z.number(),
    timeout_seconds: z.number(),
    endpoint_probe_interval_seconds: z.number(),
    consecutive_failure_threshold_timeout: z.number(),
    post_data: z.union([z.string(), anyMap]).meta({ description: 'Body of the request.' }),
    headers: textMap,
  }).extend({ path: z.string().meta({ description: 'Path to ask for, such as `/health`.' }) }),
]);

const replicaPolicy = fields({
  max_replicas: count,
  num_overprovision: count,
  target_qps_per_replica: z.union([
    qps,
    z.record(
      z.string().regex(/^[A-Z0-9]+(?::[0-9]+)?$/, 'Expected an accelerator such as H100 or H100:1'),
      qps,
    ),
  ]),
  dynamic_ondemand_fallback: z.boolean(),
  base_ondemand_fallback_replicas: count,
  spot_placer: caseless(['dynamic_fallback']),
  upscale_delay_seconds: z.number(),
  downscale_delay_seconds: z.number(),
}).extend({ min_replicas: count });

/** How a job serves requests. */
export const serviceSchema = section({
  readiness_probe: probe.meta({ description: 'How to see that a replica is ready.', examples: ['/health'] }),
  replicas: z.int().meta({ description: 'How many replicas.' }),
  replica_policy: replicaPolicy.meta({ description: 'How many replicas, by load.' }),
  ports: z.int().meta({ description: 'Port that the replicas listen on.' }),
  load_balancing_policy: caseless(['round_robin', 'least_load', 'instance_aware_least_load']).meta({
    description: 'How requests are spread.',
  }),
  load_balancer: fields({ stream_timeout_seconds: z.number() }),
  tls: z
    .strictObject({ keyfile: z.string(), certfile: z.string() })
    .meta({ description: 'Certificate of the endpoint.' }),
  workers: z.int(),
  pool: fields(poolFields),
});

/** Workers that stay up and take jobs. */
export const poolSchema = fields(poolFields);
