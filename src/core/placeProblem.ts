import type { Candidate, JobSpec } from './jobSpec/jobSpec';
import type { SubmitProblem } from './jobSpec/submitProblems';
import type { Offer } from './provider';

/** So many reasons are read; there may be a hundred hosts. */
const mostReasons = 3;

/** Why nothing can run a valid job now, at the field that asks for it; `undefined` where something can, or no plan was made. */
export function placeProblem(spec: JobSpec, offers: readonly Offer[]): SubmitProblem | undefined {
  if (offers.length === 0 || offers.some(({ possible }) => possible)) return undefined;
  const { candidates } = spec.resources;
  const asked = offers.filter(({ connection }) => asksFor(spec, connection));
  const [first] = candidates;
  if (asked.length === 0) {
    const places = [...new Set(candidates.map(({ infra, cloud }) => infra ?? cloud ?? ''))].join(', ');
    return {
      message: `None of your connections is what the job asks for. Add it, or name another place: ${places}`,
      path: ['resources', 'infra'],
    };
  }
  const reasons = new Map<string, string[]>();
  for (const { connection, why } of asked) {
    const places = reasons.get(why) ?? [];
    if (!places.includes(connection)) reasons.set(why, [...places, connection]);
  }
  const lines = [...reasons].map(([why, places]) => `${listText(places)}: ${why}`);
  const shown = lines.slice(0, mostReasons).join(' ');
  const more = lines.length - mostReasons;
  return {
    message: `Nothing can run this job now. ${shown}${more > 0 ? ` And ${more} more.` : ''}`,
    path: ['resources', first ? wish(first) : 'infra'],
  };
}

/**
 * The connections whose word on a job's fields counts: those that can run it; else, where its file names a place, that place, which may be signed
 * out, say.
 */
export function judgesOf(spec: JobSpec, offers: readonly Offer[]): readonly string[] {
  const able = offers.filter(({ possible }) => possible);
  const says = spec.resources.candidates.some(({ infra, cloud }) => infra !== null || cloud !== null);
  const asked = says ? offers.filter(({ connection }) => asksFor(spec, connection)) : [];
  return [...new Set((able.length > 0 ? able : asked).map(({ connection }) => connection))];
}

/** Whether a job may run on a connection as far as its file names places: one that names none may run anywhere. */
export function asksFor({ resources }: JobSpec, connection: string): boolean {
  const [platform = '', ...rest] = connection.split('/');
  const [where = ''] = rest.join('/').split('@');
  return resources.candidates.some(({ infra, cloud, region }) => {
    if (infra === connection || (infra === null && cloud === null)) return true;
    if (cloud === null && !infra?.startsWith('*/')) return false;
    return (cloud === null || cloud === platform) && (region === null || region === where);
  });
}

/** `a, b, c and 97 more`. */
function listText(places: readonly string[]): string {
  const more = places.length - mostReasons;
  return `${places.slice(0, mostReasons).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What a person would change first. */
function wish({ instance_type, accelerators, cpus, memory }: Candidate): string {
  if (instance_type !== null) return 'instance_type';
  if (accelerators !== null) return 'accelerators';
  if (cpus !== null) return 'cpus';
  return memory === null ? 'infra' : 'memory';
}
