import * as z from 'zod';
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
    initial_delay_seconds: z.number().meta({ description: 'Seconds to wait before the first probe.' }),
    timeout_seconds: z.number().meta({ description: 'Seconds that a probe may take.' }),
    endpoint_probe_interval_seconds: z.number().meta({ description: 'Seconds between probes.' }),
    consecutive_failure_threshold_timeout: z
      .number()
      .meta({ description: 'Seconds of failing probes after which a replica is replaced.' }),
    post_data: z.union([z.string(), anyMap]).meta({ description: 'Body of the request.' }),
    headers: textMap.meta({ description: 'Headers of the request.' }),
  }).extend({ path: z.string().meta({ description: 'Path to ask for, such as `/health`.' }) }),
]);

const replicaPolicy = fields({
  max_replicas: count.meta({ description: 'Most replicas.' }),
  num_overprovision: count.meta({ description: 'Replicas to start in excess.' }),
  target_qps_per_replica: z
    .union([
      qps,
      z.record(
        z.string().regex(/^[A-Z0-9]+(?::[0-9]+)?$/, 'Expected an accelerator such as H100 or H100:1'),
        qps,
      ),
    ])
    .meta({ description: 'Requests per second that one replica takes, or that by accelerator.' }),
  dynamic_ondemand_fallback: z
    .boolean()
    .meta({ description: 'Use on-demand machines while no spot machine can be had.' }),
  base_ondemand_fallback_replicas: count.meta({ description: 'Replicas that are always on demand.' }),
  spot_placer: caseless(['dynamic_fallback']).meta({ description: 'How spot replicas are spread.' }),
  upscale_delay_seconds: z.number().meta({ description: 'Seconds of load before a replica is added.' }),
  downscale_delay_seconds: z.number().meta({ description: 'Seconds of calm before one is removed.' }),
}).extend({ min_replicas: count.meta({ description: 'Fewest replicas.' }) });

/** How a job serves requests. */
export const serviceSchema = section({
  readiness_probe: probe.meta({ description: 'How to see that a replica is ready.', examples: ['/health'] }),
  replicas: z.int().meta({ description: 'How many replicas.' }),
  replica_policy: replicaPolicy.meta({ description: 'How many replicas, by load.' }),
  ports: z.int().meta({ description: 'Port that the replicas listen on.' }),
  load_balancing_policy: caseless(['round_robin', 'least_load', 'instance_aware_least_load']).meta({
    description: 'How requests are spread.',
  }),
  load_balancer: fields({
    stream_timeout_seconds: z.number().meta({ description: 'Seconds that a stream may be silent.' }),
  }).meta({ description: 'Settings of the endpoint.' }),
  tls: z
    .strictObject({
      keyfile: z.string().meta({ description: 'Path of the key.' }),
      certfile: z.string().meta({ description: 'Path of the certificate.' }),
    })
    .meta({ description: 'Certificate of the endpoint.' }),
  workers: z.int().meta({ description: 'How many workers.' }),
  pool: fields(poolFields).meta({ description: 'Workers that stay up and take jobs.' }),
});

/** Workers that stay up and take jobs. */
export const poolSchema = fields(poolFields);
