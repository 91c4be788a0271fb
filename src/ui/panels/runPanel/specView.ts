import type { Candidate, JobSpec } from '../../../core/jobSpec/jobSpec';
import type { Offer } from '../../../core/provider';
import type { TrainingJob } from '../../../core/trainingJob';
import { durationText, hourlyText } from '../../../core/words';
import type { Fact, SpecView } from '../../../protocol/runPanel';
import type { JobRecord } from '../../../services/jobs/jobRecord';

/** What a job ran with. `text` is its job file, in which secrets are blanked already. */
export function specView(
  job: TrainingJob,
  /** What was written down at the submit, where that can be read. */
  record: Pick<JobRecord, 'offer' | 'git'> | undefined,
  text: string | null,
  problem?: string,
): SpecView {
  const { spec } = job;
  const facts: (Fact | undefined)[] = [
    { name: 'Connection', value: job.connection },
    { name: 'Nodes', value: String(spec.num_nodes) },
    ...spec.resources.candidates.map((candidate, index) => ({
      name: index === 0 ? 'Resources' : spec.resources.mode === 'ordered' ? 'or else' : 'or',
      value: candidateText(candidate),
    })),
    fact('Machine', machineText(record?.offer)),
    { name: 'Price', value: priceText(job, record?.offer) },
    fact('Workdir', workdirText(spec)),
    fact('Commit', commitText(record?.git)),
    fact(
      'Container',
      [...new Set(spec.resources.candidates.flatMap((one) => one.docker_image ?? []))].join(', '),
    ),
    ...Object.entries(spec.file_mounts).map(([to, mount]) => ({
      name: 'Mount',
      value: `${mount.kind === 'copy' ? mount.source : (mount.name ?? String(mount.source ?? ''))} → ${to}`,
    })),
    ...Object.entries(spec.trainyard?.outputs ?? {}).map(([name, path]) => ({
      name: 'Output',
      value: `${name}: ${path}`,
    })),
    fact('Limits', limitsText(spec)),
    fact('Job file', job.source),
    { name: 'Job ID', value: job.platformId ?? job.id },
  ];
  return {
    text,
    ...(problem !== undefined && { problem }),
    facts: facts.filter((one) => one !== undefined),
    envs: [
      ...Object.entries(spec.envs)
        .filter(([name]) => !spec.secrets.includes(name))
        .map(([name, value]) => ({ name, value })),
      ...spec.secrets.map((name) => ({ name, value: '•••' })),
    ],
  };
}

function fact(name: string, value: string | undefined): Fact | undefined {
  return value ? { name, value } : undefined;
}

function candidateText(candidate: Candidate): string {
  const parts = [
    candidate.infra,
    candidate.instance_type,
    ...Object.entries(candidate.accelerators ?? {}).map(([name, count]) => `${name}:${count}`),
    candidate.cpus === null ? null : `${candidate.cpus} CPUs`,
    candidate.memory === null ? null : `${candidate.memory} GB memory`,
    candidate.use_spot ? 'spot' : null,
  ];
  return parts.filter((part) => part !== null).join(' · ') || 'any machine';
}

function machineText(offer: Offer | undefined): string {
  return [offer?.instanceType, offer?.region, offer?.spot ? 'spot' : null].filter((part) => part).join(' · ');
}

function priceText(job: TrainingJob, offer: Offer | undefined): string {
  const price = hourlyText(job.hourlyUsd);
  return offer?.pricesAsOf ? `${price}, prices of ${offer.pricesAsOf}` : price;
}

function commitText(git: JobRecord['git'] | undefined): string {
  return git ? `${git.commit.slice(0, 12)}${git.dirty ? ', with changes that are not committed' : ''}` : '';
}

function workdirText({ workdir }: JobSpec): string {
  if (workdir === null) return '';
  if (typeof workdir === 'string') return workdir;
  return workdir.ref === undefined ? workdir.url : `${workdir.url} at ${workdir.ref}`;
}

function limitsText({ trainyard }: JobSpec): string {
  const { max_duration, max_cost, idle_gpu } = trainyard?.guardrails ?? {};
  const parts = [
    max_duration === undefined ? null : `at most ${durationText(max_duration * 1000)}`,
    max_cost === undefined ? null : `at most $${max_cost.toFixed(2)}`,
    idle_gpu
      ? `stops when GPUs stay below ${idle_gpu.below} % for ${durationText(idle_gpu.for * 1000)}`
      : null,
  ];
  return parts.filter((part) => part !== null).join(', ');
}
