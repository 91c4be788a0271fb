import type { JobStep } from '../../../core/trainingJob';
import { durationText } from '../../../core/words';
import type { TimelineMark, TimelineSpan, TimelineView } from '../../../protocol/runPanel';

export interface PhaseRecord {
  readonly t: number;
  readonly node: number;
  readonly phase: string;
  readonly state?: 'start' | 'end';
  readonly path?: string;
}

export interface GuardRecord {
  readonly t: number;
  readonly rule: string;
  readonly action: string;
  readonly reason: string;
}

/** Steps of a series went back to `step` between two of its points. */
export interface RestartRecord {
  readonly before: number;
  readonly t: number;
  readonly step: number;
}

/** More marks than this are thinned: they could not be told apart on the strip. */
const maxSteps = 200;

/**
 * The phases of the first node that told any: nodes run them together, and one strip is what can be read. Phases with a
 * start and an end (setup, run) are the lower band; words of the script's own (`epoch 3`) last until the next such word;
 * a `checkpoint` is a mark. So is a restart: a phase called so, `run` beginning again, or steps that went back. What the platform did around
 * them, such as pulling an image, is in the lower band too; where it took the machines away or stopped the job there is a mark, and what
 * ran until then ends there.
 */
export function timelineOf(
  phases: readonly PhaseRecord[],
  guards: readonly GuardRecord[],
  restarts: readonly RestartRecord[],
  job: { readonly startedAt?: number; readonly endedAt?: number; readonly steps?: readonly JobStep[] },
  now: number,
): TimelineView | null {
  const node = Math.min(...phases.map((phase) => phase.node));
  const own = phases.filter((phase) => phase.node === node).sort((a, b) => a.t - b.t);
  // What the job's own scripts did they tell better themselves.
  const around = (job.steps ?? []).filter(({ kind }) => kind !== 'run' || own.length === 0);
  const opening = around[0]?.from ?? own[0]?.t ?? job.startedAt;
  if (opening === undefined) return null;
  const from = Math.min(opening, own[0]?.t ?? opening, job.startedAt ?? opening);
  const to = Math.max(job.endedAt ?? now, own.at(-1)?.t ?? from, around.at(-1)?.from ?? from, from + 1);

  const bands: TimelineSpan[] = [];
  const steps: TimelineSpan[] = [];
  const marks: TimelineMark[] = [];
  const begun = new Map<string, number>();
  let lastRun: number | undefined;
  const running = job.endedAt === undefined;
  const span = (label: string, kind: TimelineSpan['kind'], since: number, until: number | undefined) => ({
    label,
    kind,
    from: since,
    to: until ?? to,
    open: until === undefined && running,
    duration: durationText((until ?? to) - since),
  });
  let step: PhaseRecord | undefined;
  const endStep = (until: number | undefined) => {
    if (step) steps.push(span(step.phase, 'step', step.t, until));
    step = undefined;
  };
  // Machines that were taken away tell of no end.
  const cut = (until: number) => {
    for (const [phase, since] of begun) bands.push(span(phase, kindOf(phase), since, Math.max(since, until)));
    begun.clear();
    endStep(until);
  };
  for (const phase of own) {
    if (isNewLaunch(phase, begun)) cut(restartIn(around, begun.get('run') ?? from, phase.t)?.from ?? phase.t);
    const isRun = phase.phase === 'run' && phase.state === 'start';
    const again = isRun && lastRun !== undefined && !restartIn(around, lastRun, phase.t);
    if (isRun) lastRun = phase.t;
    const named = /^restart(?:ed)?\b/i.test(phase.phase) && phase.state !== 'end';
    if (again || named)
      marks.push({ label: named ? phase.phase : 'run begins again', kind: 'restart', t: phase.t });
    if (phase.state === 'start') begun.set(phase.phase, phase.t);
    else if (phase.state === 'end') {
      const since = begun.get(phase.phase) ?? from;
      begun.delete(phase.phase);
      if (phase.phase === 'run') endStep(phase.t);
      bands.push(span(phase.phase, kindOf(phase.phase), since, phase.t));
    } else if (/^checkpoint\b/i.test(phase.phase)) {
      marks.push({
        label: phase.path ? `checkpoint ${phase.path}` : phase.phase,
        kind: 'checkpoint',
        t: phase.t,
      });
    } else if (!named) {
      endStep(phase.t);
      step = phase;
    }
  }
  const waits = restartIn(around, own.at(-1)?.t ?? from, to);
  if (waits) cut(waits.from);
  endStep(undefined);
  for (const [phase, since] of begun) bands.push(span(phase, kindOf(phase), since, undefined));
  for (const { kind, label, from: since, to: until } of around) {
    if (kind === 'work' || kind === 'run')
      bands.push(span(label, kind === 'run' ? 'run' : 'other', since, until));
    else marks.push({ label, kind, t: since });
  }
  for (const guard of guards) {
    marks.push({
      label: guard.reason || guard.rule,
      kind: guard.action === 'stop' ? 'stop' : 'warning',
      t: guard.t,
    });
  }
  for (const back of distinct(restarts)) {
    // The machine or the script said it already, before the first point that shows it.
    if (marks.some(({ kind, t }) => kind === 'restart' && t > back.before && t <= back.t)) continue;
    marks.push({ label: `back at step ${back.step}`, kind: 'restart', t: back.t });
  }
  marks.sort((a, b) => a.t - b.t);
  return { from, to, spans: [...bands, ...thinned(steps)], marks: marks.slice(-maxSteps) };
}

/** Whether this phase begins on other machines, or by another start, than what has not ended yet. */
function isNewLaunch({ phase, state }: PhaseRecord, begun: ReadonlyMap<string, number>): boolean {
  return (
    state === 'start' && (phase === 'setup' || phase === 'run') && (begun.has(phase) || begun.has('run'))
  );
}

/** The last in that time of which the platform itself says that it started the job again. */
function restartIn(steps: readonly JobStep[], after: number, until: number): JobStep | undefined {
  return steps.findLast(({ kind, from }) => kind === 'restart' && from > after && from <= until);
}

function kindOf(phase: string): TimelineSpan['kind'] {
  return phase === 'setup' || phase === 'run' ? phase : 'other';
}

/** All series of a script go back at one restart: of those whose times overlap the earliest counts. */
function distinct(restarts: readonly RestartRecord[]): readonly RestartRecord[] {
  const kept: RestartRecord[] = [];
  for (const one of restarts.toSorted((a, b) => a.t - b.t)) {
    const last = kept.at(-1);
    if (!last || one.before >= last.t) kept.push(one);
  }
  return kept;
}

/** Joins neighbours until few enough are left to be seen. */
function thinned(steps: readonly TimelineSpan[]): readonly TimelineSpan[] {
  if (steps.length <= maxSteps) return steps;
  const size = Math.ceil(steps.length / maxSteps);
  const result: TimelineSpan[] = [];
  for (let i = 0; i < steps.length; i += size) {
    const first = steps[i];
    const last = steps[Math.min(i + size, steps.length) - 1];
    if (!first || !last) continue;
    result.push({
      ...first,
      label: first === last ? first.label : `${first.label} to ${last.label}`,
      to: last.to,
      open: last.open,
      duration: durationText(last.to - first.from),
    });
  }
  return result;
}
