import type { Candidate, JobSpec } from '../../core/jobSpec/jobSpec';
import { hourlyText } from '../../core/words';
import { isAccelerator } from './accelerator';
import type { Gpu, Hardware } from './hardware';

/** A computer that is to run some of a job's nodes. */
export interface Place {
  /** In the middle of a sentence, such as `this computer`. */
  readonly name: string;
  readonly nodes: number;
  readonly hardware: Hardware;
}

/** How a job can run there: which GPUs each node gets, by rank. */
export interface Fit {
  readonly candidate: Candidate;
  /** One list a node; all empty for a job that asks for none. */
  readonly gpus: readonly (readonly number[])[];
  /** What is worth knowing, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The first candidate of the job file that these places can run, at `nodeUsd` per hour and node (`null`: not known), or why there is
 * none. `infra` is what a job file calls them together, such as `local` or `ssh/a,b`; they have the job's nodes among them, in rank order.
 */
export function fit(
  spec: JobSpec,
  infra: string,
  places: readonly Place[],
  nodeUsd: number | null,
): Fit | { readonly why: string } {
  const reasons: string[] = [];
  for (const candidate of spec.resources.candidates) {
    const why = refusal(candidate, infra, nodeUsd);
    const found = why === undefined ? fitCandidate(candidate, places) : { why };
    if ('gpus' in found) return found;
    if (!reasons.includes(found.why)) reasons.push(found.why);
  }
  return { why: reasons.join(' ') };
}

/** Whether a candidate may run at `infra`: it names that, its platform, or nothing. */
export function isForHere(candidate: Candidate, infra: string): boolean {
  const place = candidate.infra ?? candidate.cloud;
  return place === null || place === infra || place === infra.split('/')[0];
}

function refusal(candidate: Candidate, infra: string, nodeUsd: number | null): string | undefined {
  const limit = candidate.max_hourly_cost;
  if (limit !== null && nodeUsd !== null && nodeUsd > limit)
    return `It costs ${hourlyText(nodeUsd)} a node, over the job’s max_hourly_cost of ${hourlyText(limit)}.`;
  const place = candidate.infra ?? candidate.cloud;
  if (!isForHere(candidate, infra)) return `The job file asks for ${place ?? ''}.`;
  if (candidate.instance_type !== null && place === null)
    return `The job file asks for the instance type ${candidate.instance_type}.`;
  return undefined;
}

function fitCandidate(candidate: Candidate, places: readonly Place[]): Fit | { readonly why: string } {
  const [wanted] = Object.entries(candidate.accelerators ?? {});
  const gpus: (readonly number[])[] = [];
  for (const place of places) {
    const ranks = Array.from({ length: place.nodes }, (_, rank) => rank);
    if (!wanted) {
      gpus.push(...ranks.map(() => []));
      continue;
    }
    const [name, count] = wanted;
    const each = Math.ceil(count);
    const matching = place.hardware.gpus.filter((gpu) => isAccelerator(gpu, name));
    if (matching.length < each * place.nodes) return { why: tooFew(name, each, matching, place) };
    gpus.push(...ranks.map((rank) => matching.slice(rank * each, (rank + 1) * each).map((gpu) => gpu.index)));
  }
  return { candidate, gpus, notes: places.flatMap((place) => notes(candidate, place, places.length > 1)) };
}

function tooFew(
  accelerator: string,
  each: number,
  matching: readonly Gpu[],
  { name, nodes, hardware: { gpus, gpuProblem } }: Place,
): string {
  const needs = `It needs ${nodes > 1 ? `${nodes} × ` : ''}${accelerator}:${each}`;
  if (gpuProblem !== undefined) return `${needs}, and the GPUs of ${name} can’t be seen. ${gpuProblem}`;
  if (gpus.length === 0) return `${needs}, and ${name} has no NVIDIA GPU.`;
  if (matching.length > 0) return `${needs}, and ${name} has ${matching.length}.`;
  return `${needs}, and ${name} has ${[...new Set(gpus.map((gpu) => gpu.name))].join(', ')}.`;
}

function notes({ cpus, memory }: Candidate, { name, hardware }: Place, oneOfMany: boolean): string[] {
  const found: string[] = [];
  const where = oneOfMany ? ` on ${name}` : '';
  const wantedCpus = Number.parseFloat(cpus ?? '0');
  if (wantedCpus > hardware.cpus)
    found.push(
      `It asks for ${cpus ?? ''} CPUs, and there ${hardware.cpus === 1 ? 'is' : 'are'} ${hardware.cpus}${where}.`,
    );
  // A trailing x is a multiple of the CPUs.
  const wantedGb = Number.parseFloat(memory ?? '0') * (memory?.endsWith('x') ? Math.max(wantedCpus, 1) : 1);
  const gb = hardware.memoryBytes / 2 ** 30;
  if (wantedGb > gb)
    found.push(`It asks for ${memory ?? ''} GB of memory, and there are ${gb.toFixed(0)} GB${where}.`);
  return found;
}
