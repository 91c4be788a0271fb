import { type Asked, parseAccelerator, tpuSettings } from './accelerators';
import { readAutostop, readHooks } from './autostop';
import { readDiskVolumes } from './diskVolumes';
import type { Field } from './field';
import { readImage } from './imageId';
import { type Infra, infraText, parseInfra } from './infra';
import type { Candidate, Json } from './jobSpec';
import { jsonOf } from './json';
import { readPorts } from './ports';
import { readCpus, readDiskSize, readLocalDisk, readMemory } from './quantities';

/** The fields of `resources` that hold for one candidate, those of its choice over the common ones. */
export type CandidateFields = ReadonlyMap<string, Field>;

/** What the rest of the job says of its machines. */
export interface Surroundings {
  readonly labels: Readonly<Record<string, string>> | null;
  readonly hooks: Field | undefined;
  readonly config_overrides: Readonly<Record<string, Json>> | null;
}

/** One machine that would do; errors are reported, and the candidate is then not to be used. */
export function readCandidate(
  fields: CandidateFields,
  asked: Asked | undefined,
  around: Surroundings,
): Candidate {
  const field = (name: string) => given(fields, name);
  const read = <T>(name: string, reader: (value: Field) => T | null): T | null => {
    const value = field(name);
    return value ? reader(value) : null;
  };
  const place = readPlace(fields);
  const containers = place.cloud === 'kubernetes' || place.cloud === 'ssh';
  const image = read('image_id', (value) => readImage(value, place.region, containers));
  const instance_type = read('instance_type', (value) => value.text);
  const accelerator = asked && parseAccelerator(asked);
  const args = read('accelerator_args', (value) => jsonOf(value.tree) as Record<string, Json>);
  const tpu = asked && accelerator && tpuSettings(asked, accelerator.name, place.cloud, args, instance_type);
  const cloud = tpu ? tpu.cloud : place.cloud;
  const autostop = field('autostop');
  const use_spot = field('use_spot')?.bool;
  return {
    infra: infraText({ ...place, cloud }),
    cloud,
    region: place.region,
    zone: place.zone,
    instance_type,
    accelerators: accelerator ? Object.fromEntries([[accelerator.name, accelerator.count]]) : null,
    accelerator_args: tpu ? tpu.accelerator_args : args,
    cpus: read('cpus', readCpus),
    memory: read('memory', (value) => readMemory(value, place.cloud === 'slurm')),
    disk_size: read('disk_size', readDiskSize),
    disk_tier: read('disk_tier', (value) => readTier(value, ['low', 'medium', 'high', 'ultra', 'best'])),
    network_tier: read('network_tier', (value) => readTier(value, ['standard', 'best'])),
    local_disk: read('local_disk', readLocalDisk),
    use_spot: use_spot ?? false,
    use_spot_specified: use_spot !== undefined,
    job_recovery: read('job_recovery', readRecovery),
    image_id: image?.image_id ?? null,
    docker_image: image?.docker_image ?? null,
    ports: read('ports', readPorts),
    labels: around.labels,
    autostop: autostop ? readAutostop(autostop) : null,
    hooks: readHooks(around.hooks, autostop),
    priority: read('priority', (value) => value.plain as number),
    priority_class: read('priority_class', (value) => value.text.trim() || null),
    max_hourly_cost: read('max_hourly_cost', (value) => value.plain as number),
    volumes: readDiskVolumes(field('volumes')?.items() ?? []),
    config_overrides: around.config_overrides,
  };
}

function given(fields: CandidateFields, name: string): Field | undefined {
  const field = fields.get(name);
  return field && !field.isNull ? field : undefined;
}

function readPlace(fields: CandidateFields): Infra {
  const infra = given(fields, 'infra');
  const old = ['cloud', 'region', 'zone'].map((name) => given(fields, name));
  const [cloud, region, zone] = old.map((field) => field?.string ?? null);
  if (infra === undefined)
    return { cloud: cloud?.toLowerCase() ?? null, region: region ?? null, zone: zone ?? null };
  const both = old.find((field) => field !== undefined);
  if (both)
    both.error(
      `infra is given too. Remove "${String(both.path.at(-1))}" and say it in infra, such as aws/us-east-1`,
    );
  const place = parseInfra(infra.string ?? '');
  if (place) return place;
  infra.error(`Expected cloud, cloud/region or cloud/region/zone with no empty part, found "${infra.text}"`);
  return { cloud: null, region: null, zone: null };
}

function readTier(field: Field, tiers: readonly string[]): string | null {
  const tier = field.text.toLowerCase();
  return tiers.includes(tier)
    ? tier
    : field.error(`Expected one of ${tiers.join(', ')}, found "${field.text}"`);
}

function readRecovery(field: Field): Readonly<Record<string, Json>> | null {
  const recovery =
    field.string === undefined ? (jsonOf(field.tree) as Record<string, Json>) : { strategy: field.string };
  const strategy = recovery.strategy ?? null;
  if (strategy === 'none') return null;
  return { ...recovery, strategy: typeof strategy === 'string' ? strategy.toUpperCase() : strategy };
}
