import type { Field } from './field';
import { checkSchema } from './schemaCheck';
import { poolSchema, serviceSchema } from './serviceSchema';

/** Checks `service`, whose variables are filled in. SkyPilot overlooks unknown fields without a value here. */
export function checkService(field: Field): void {
  const known =
    field.tree.kind === 'map'
      ? field.with({
          ...field.tree,
          entries: field.tree.entries.filter(({ name, value }) => {
            return name in serviceSchema.shape || value.kind !== 'scalar' || value.value.type !== 'null';
          }),
        })
      : field;
  if (!checkSchema(serviceSchema, known)) return;
  checkProbe(field);
  const ports = field.get('ports');
  if (ports && !(ports.int !== undefined && ports.int >= 1 && ports.int <= 65_535))
    ports.error('Expected a port from 1 to 65535');
  const pool = field.get('pool');
  if (field.given('replicas') && field.given('replica_policy')) {
    field.given('replicas')?.error('replica_policy is given too. Remove one');
  }
  if (field.get('replicas') && field.get('workers'))
    field.get('replicas')?.error('workers is given too. Remove one');
  if (pool) checkPool(pool, field);
  checkReplicas(field, pool);
}

/** Checks the top-level `pool`. */
export function checkPoolSection(field: Field): void {
  if (checkSchema(poolSchema, field)) checkPool(field, undefined);
}

function checkProbe(field: Field): void {
  const probe = field.given('readiness_probe');
  if (!probe) return;
  if (probe.isNull) probe.error('readiness_probe has no value. Write a path such as /health or remove it');
  const path = probe.string === undefined ? probe.get('path') : probe;
  if (path && !path.text.startsWith('/')) path.error(`The path must begin with /, found "${path.text}"`);
  const body = probe.get('post_data');
  if (body?.string !== undefined && !isJson(body.string))
    body.error('post_data is not valid JSON. Write JSON or a mapping');
}

function checkPool(pool: Field, service: Field | undefined): void {
  const number = (name: string) => pool.get(name)?.plain as number | undefined;
  const [min, max] = [number('min_workers'), number('max_workers')];
  const workers = number('workers') ?? (service?.get('workers')?.plain as number | undefined);
  if (min === undefined && max === undefined && workers === undefined)
    pool.error('A pool needs workers, or min_workers and max_workers');
  for (const name of [
    'queue_length_threshold',
    'min_workers',
    'upscale_delay_seconds',
    'downscale_delay_seconds',
  ]) {
    if (pool.get(name) && max === undefined) pool.get(name)?.error(`${name} needs max_workers too`);
  }
  if (min !== undefined && max !== undefined && min > max)
    pool.get('min_workers')?.error(`min_workers (${min}) is more than max_workers (${max})`);
  else if (min === undefined && max !== undefined && (workers ?? 1) > max) {
    pool.get('max_workers')?.error(`There are more workers (${workers ?? 1}) than max_workers (${max})`);
  }
  for (const name of ['replicas', 'replica_policy', 'load_balancing_policy', 'ports', 'tls']) {
    service?.get(name)?.error(`A pool has no ${name}. Remove it`);
  }
  for (const name of ['post_data', 'headers'])
    service?.get('readiness_probe')?.get(name)?.error(`A pool has no ${name}. Remove it`);
}

function checkReplicas(field: Field, pool: Field | undefined): void {
  const balancing = field.get('load_balancing_policy');
  const policy = field.get('replica_policy');
  const number = (name: string) => policy?.get(name)?.plain as number | undefined;
  const qps = policy?.get('target_qps_per_replica');
  if (balancing && balancing.text !== balancing.text.toLowerCase())
    balancing.error(`Write it in lower case: ${balancing.text.toLowerCase()}`);
  const aware = balancing?.string === 'instance_aware_least_load';
  if (qps?.kind === 'map' && !aware)
    qps.error('A rate per accelerator needs load_balancing_policy: instance_aware_least_load');
  if (balancing && aware && qps?.kind !== 'map')
    balancing.error('instance_aware_least_load needs target_qps_per_replica as a rate per accelerator');
  if (!policy || pool || field.get('workers')) return;
  const [min = 0, max] = [number('min_replicas'), number('max_replicas')];
  if (max !== undefined && max < min)
    policy.get('max_replicas')?.error(`max_replicas (${max}) is less than min_replicas (${min})`);
  else if (qps && max === undefined) qps.error('target_qps_per_replica needs max_replicas too');
  else if (!qps && max !== undefined && max !== min) {
    policy.get('max_replicas')?.error('max_replicas above min_replicas needs target_qps_per_replica too');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
