import { readEnvironment } from './environment';
import type { Field } from './field';
import { readFileMounts } from './fileMounts';
import type { Supplied } from './jobFile';
import { jobFieldsSchema } from './jobSchema';
import type { GitWorkdir, JobSpec, Json } from './jobSpec';
import { jsonOf } from './json';
import { nameProblem } from './jobName';
import { readResources } from './resources';
import { checkSchema } from './schemaCheck';
import { checkPoolSection, checkService } from './service';
import { substitute } from './substitution';
import { readTrainyard } from './trainyard';
import { isNull, mapTree, type Tree } from './yamlTree';
import { pythonText } from './pythonText';

export interface ReadJob {
  readonly spec: JobSpec;
  readonly secrets: ReadonlyMap<string, string>;
}

/** The canonical form of one document. Where something is wrong it is reported, and the result is not to be used. */
export function readJob(written: Field, supplied: Supplied): ReadJob | undefined {
  const job = written.with(withTexts(written.tree));
  const trainyard = readTrainyard(job);
  if (!checkSchema(jobFieldsSchema, job)) return undefined;
  const { envs, secrets, missing } = readEnvironment(job, supplied);
  const variables = new Map([...envs, ...secrets]);
  const filled = (name: string) => {
    const field = job.get(name);
    return field ? (substitute(field, variables) ?? undefined) : undefined;
  };
  const workdir = filled('workdir');
  const { mounts, volumes } = readFileMounts(filled('file_mounts'), workdir !== undefined);
  const config = job.get('config');
  const overrides = Object.entries((config ? jsonOf(config.tree) : {}) as Record<string, Json>).filter(
    ([name]) => name !== 'hooks',
  );
  const resources = readResources(
    withVolumes(job.get('resources') ?? job.with(mapTree(job.tree, [])), volumes),
    {
      hooks: config?.get('hooks'),
      config_overrides: overrides.length > 0 ? Object.fromEntries(overrides) : null,
    },
  );
  const service = filled('service');
  const pool = job.get('pool');
  if (service && pool) pool.error('A job is a service or a pool, not both. Remove one');
  if (service) checkService(service);
  if (pool) checkPoolSection(pool);
  for (const legacy of ['inputs', 'outputs']) {
    if (job.given(legacy)?.isNull) job.given(legacy)?.error(`${legacy} is empty. Remove it or write URL: GB`);
  }
  const name = job.get('name');
  const problem = name && nameProblem(name.text);
  if (problem) name.warn(problem);
  const spec: JobSpec = {
    name: name?.string ?? null,
    num_nodes: wholeNumber(job.get('num_nodes')) ?? 1,
    workdir: workdir ? (workdir.string ?? (jsonOf(workdir.tree) as unknown as GitWorkdir)) : null,
    envs: Object.fromEntries(envs),
    secrets: [...new Set([...secrets.keys(), ...missing])].sort(),
    secrets_inline: [...secrets.keys()].sort(),
    secrets_to_supply: missing,
    file_mounts: mounts,
    volumes: (jsonOf(filled('volumes')?.tree ?? mapTree(job.tree, [])) ?? {}) as Record<string, Json>,
    resources,
    setup: job.get('setup')?.string ?? null,
    run: job.get('run')?.string ?? null,
    service: service !== undefined || pool !== undefined,
    pool: pool !== undefined || service?.get('pool') !== undefined,
    inputs: job.get('inputs')?.fields()[0]?.[0] ?? null,
    outputs: job.get('outputs')?.fields()[0]?.[0] ?? null,
    trainyard,
  };
  return { spec, secrets };
}

function wholeNumber(field: Field | undefined): number | undefined {
  if (field && field.int === undefined) field.error(`Expected a whole number, found ${field.text}`);
  return field?.int;
}

/** `envs` and `secrets` with each value as text, which is what SkyPilot makes of them before it looks at anything. */
function withTexts(job: Tree): Tree {
  if (job.kind !== 'map') return job;
  const entries = job.entries.map((entry) => {
    const { value } = entry;
    if (entry.name !== 'envs' && entry.name !== 'secrets') return entry;
    if (value.kind === 'list' && entry.name === 'secrets')
      return { ...entry, value: { ...value, items: value.items.map(asText) } };
    if (value.kind !== 'map') return entry;
    return {
      ...entry,
      value: { ...value, entries: value.entries.map((one) => ({ ...one, value: asText(one.value) })) },
    };
  });
  return { ...job, entries };
}

function asText(tree: Tree): Tree {
  return isNull(tree)
    ? tree
    : { kind: 'scalar', value: { type: 'str', value: pythonText(tree) }, start: tree.start, end: tree.end };
}

/** Volumes of `file_mounts` take the place of those of `resources`. */
function withVolumes(resources: Field, volumes: readonly Field[]): Field {
  if (volumes.length === 0 || resources.tree.kind !== 'map') return resources;
  const { start } = resources.tree;
  const value: Tree = { kind: 'list', items: volumes.map(({ tree }) => tree), start, end: start };
  const key = { kind: 'scalar', value: { type: 'str', value: 'volumes' }, start, end: start } as const;
  const others = resources.tree.entries.filter(({ name }) => name !== 'volumes');
  return resources.with({ ...resources.tree, entries: [...others, { key, name: 'volumes', value }] });
}
