import type { Candidate, JobSpec } from '../../core/jobSpec/jobSpec';
import { hourlyText } from '../../core/words';
import { isAccelerator } from './accelerator';
import type { Gpu, Machine } from './machine';

/** How a job can run here: which GPUs each node gets, by rank. */
export interface Fit {
  readonly candidate: Candidate;
  /** One list a node; all empty for a job that asks for none. */
  readonly gpus: readonly (readonly number[])[];
  /** What is worth knowing, a sentence each. */
  readonly notes: readonly string[];
}

/** The first candidate of the job file that this computer can run, at `nodeUsd` per hour and node, or why there is none. */
export function fit(spec: JobSpec, machine: Machine, nodeUsd: number): Fit | { readonly why: string } {
  const reasons: string[] = [];
  for (const candidate of spec.resources.candidates) {
    const limit = candidate.max_hourly_cost;
    const found =
      limit !== null && nodeUsd > limit
        ? {
            why: `It costs ${hourlyText(nodeUsd)} a node, over the job’s max_hourly_cost of ${hourlyText(limit)}.`,
          }
        : fitCandidate(candidate, spec.num_nodes, machine);
    if ('gpus' in found) return found;
    if (!reasons.includes(found.why)) reasons.push(found.why);
  }
  return { why: reasons.join(' ') };
}

function fitCandidate(candidate: Candidate, nodes: number, machine: Machine): Fit | { readonly why: string } {
  const place = candidate.infra ?? candidate.cloud;
  if (place !== null && place !== 'local' && candidate.cloud !== 'local')
    return { why: `The job file asks for ${place}.` };
  if (candidate.instance_type !== null && place !== 'local')
    return { why: `The job file asks for the instance type ${candidate.instance_type}.` };
  const [wanted] = Object.entries(candidate.accelerators ?? {});
  const none = Array.from({ length: nodes }, () => []);
  if (!wanted) return { candidate, gpus: none, notes: notes(candidate, machine) };
  const [name, count] = wanted;
  const each = Math.ceil(count);
  const matching = machine.gpus.filter((gpu) => isAccelerator(gpu, name));
  if (matching.length < each * nodes) return { why: tooFew(name, each, nodes, matching, machine) };
  const gpus = none.map((_, rank) => matching.slice(rank * each, (rank + 1) * each).map((gpu) => gpu.index));
  return { candidate, gpus, notes: notes(candidate, machine) };
}

function tooFew(
  name: string,
  each: number,
  nodes: number,
  matching: readonly Gpu[],
  { gpus, gpuProblem }: Machine,
): string {
  const needs = `It needs ${nodes > 1 ? `${nodes} × ` : ''}${name}:${each}`;
  if (gpuProblem !== undefined) return `${needs}, and the GPUs of this computer can’t be seen. ${gpuProblem}`;
  if (gpus.length === 0) return `${needs}, and this computer has no NVIDIA GPU.`;
  if (matching.length > 0) return `${needs}, and this computer has ${matching.length}.`;
  return `${needs}, and this computer has ${[...new Set(gpus.map((gpu) => gpu.name))].join(', ')}.`;
}

function notes({ cpus, memory }: Candidate, machine: Machine): string[] {
  const found: string[] = [];
  const wantedCpus = Number.parseFloat(cpus ?? '0');
  if (wantedCpus > machine.cpus)
    found.push(
      `It asks for ${cpus ?? ''} CPUs, and there ${machine.cpus === 1 ? 'is' : 'are'} ${machine.cpus}.`,
    );
  // A trailing x is a multiple of the CPUs.
  const wantedGb = Number.parseFloat(memory ?? '0') * (memory?.endsWith('x') ? Math.max(wantedCpus, 1) : 1);
  const gb = machine.memoryBytes / 2 ** 30;
  if (wantedGb > gb)
    found.push(`It asks for ${memory ?? ''} GB of memory, and there are ${gb.toFixed(0)} GB.`);
  return found;
}
