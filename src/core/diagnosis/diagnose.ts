import { shareText } from './bottleneck';
import type { Finding, FindingKind } from './finding';
import { gpuUnused } from './gpuUnused';
import { gpuWaits } from './gpuWaits';
import { isEnough, lookAt, mean, meanOf, usedGpus, type Look } from './look';
import { memoryFull } from './memoryFull';
import type { RunHistory } from './runHistory';
import { slowRank } from './slowRank';
import { thresholds } from './thresholds';
import { lastedText } from './timeText';
import { warmUpEnd } from './warmUp';

/** Looks at a time of a run. Pure; what is missing or stale in it leads to no finding. */
export type Rule = (look: Look) => readonly Finding[];

/** Every rule, what is most pressing first. */
export const rules: readonly Rule[] = [memoryFull, gpuUnused, slowRank, gpuWaits];

/** Those that extrapolate: slow growth only shows over a long time. */
const looksAhead: ReadonlySet<Rule> = new Set([memoryFull]);

/** What a finding explains, so that it is not told a second time in other words. */
const explains: Readonly<Partial<Record<FindingKind, readonly FindingKind[]>>> = {
  slowRank: ['batchTooSmall'],
  unevenLoad: ['batchTooSmall'],
  checkpointing: ['unevenLoad'],
  ioBound: ['unevenLoad'],
  networkBound: ['unevenLoad'],
  inputBound: ['unevenLoad'],
};

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** One line for a run that has been busy for long enough and shows nothing. */
  readonly healthy?: string;
}

/** Only then is it worth a line that all is well. */
const healthyTime = 600_000;

/**
 * What keeps a run from going well. The warm-up does not count. Of a run that goes on, a finding holds now and is told over
 * all of its time where it held for that, too; of one that has ended it held over all of its time.
 */
export function diagnose(history: RunHistory): Diagnosis {
  const since = warmUpEnd(history);
  if (since === undefined) return { findings: [] };
  const whole = lookAt(history, since, history.until);
  const recent = Math.max(thresholds.recent, 2 * thresholds.leastBuckets * history.width);
  const now = lookAt(history, Math.max(since, history.until - recent), history.until);
  const found = rules.flatMap((rule) => {
    if (history.ended) return rule(whole);
    const present = rule(now);
    if (present.length === 0 && looksAhead.has(rule)) return rule(whole);
    if (present.length === 0 || now.from === whole.from) return present;
    const lasting = rule(whole);
    return present.map((one) => lasting.find((other) => isSame(one, other)) ?? one);
  });
  const silent = new Set(found.flatMap(({ kind }) => explains[kind] ?? []));
  const findings = found.filter(({ kind }) => !silent.has(kind));
  const healthy = findings.length === 0 ? health(whole) : undefined;
  return { findings, ...(healthy !== undefined && { healthy }) };
}

/** Whether both tell the same of the same places. What will come is told by what is now. */
function isSame(one: Finding, other: Finding): boolean {
  const places = ({ evidence }: Finding) =>
    evidence.map(({ what, node, gpu, rank }) => [what, node, gpu, rank].join(' ')).join('\n');
  return one.kind !== 'memoryFull' && one.kind === other.kind && places(one) === places(other);
}

function health(look: Look): string | undefined {
  const gpus = look.history.nodes.flatMap((node) => usedGpus(look, node));
  const use = meanOf(
    look.history.count,
    gpus.map(({ util }) => util),
  );
  const known = use.subarray(look.first, look.end);
  const last = known.findLastIndex((value) => !Number.isNaN(value));
  const seen = known.filter((value) => !Number.isNaN(value)).length;
  if (!isEnough(look, seen, look.first + last, healthyTime) || !(mean(look, use) >= thresholds.low))
    return undefined;
  return `${gpus.length > 1 ? `${gpus.length} GPUs` : 'GPU'} ${shareText(mean(look, use))} used for ${lastedText(look.to - look.from)}: nothing stands out.`;
}
