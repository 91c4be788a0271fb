import type { JobSpec } from './jobSpec';

/** The same job in one place, as if its file said `infra: <connection>`; what it says of its place itself stays. */
export function placed(spec: JobSpec, connection: string): JobSpec {
  const candidates = spec.resources.candidates.map((candidate) =>
    candidate.infra === null && candidate.cloud === null ? { ...candidate, infra: connection } : candidate,
  );
  return { ...spec, resources: { ...spec.resources, candidates } };
}

/** The same job as if its file said nothing of its place. */
export function anywhere(spec: JobSpec): JobSpec {
  const candidates = spec.resources.candidates.map((candidate) => {
    return { ...candidate, infra: null, cloud: null, region: null, zone: null };
  });
  return { ...spec, resources: { ...spec.resources, candidates } };
}
