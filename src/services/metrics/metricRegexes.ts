import { isMeasurement } from '../../core/telemetry';
import { BoundedWork } from '../../node/boundedWork';

/** A longer line is not matched. */
export const longestMatched = 4096;
/** A regex that needs more for one line is switched off, in milliseconds of this thread's CPU. */
const oneLine = 50;
/** So is one that is slow over many lines: what it takes beyond `fairShare` a line may add up to this, in milliseconds. */
const debtLimit = 2000;
const fairShare = 0.2;

export type EachMetric = (name: string, value: number, line: number) => void;

interface Rule {
  readonly name: string;
  readonly regex: RegExp;
  debt: number;
  off: boolean;
}

/**
 * The job's own metric regexes: the first group's number is the value. They come from a job file and meet untrusted
 * lines, so a regex that backtracks for ever is stopped; that regex is then off.
 */
export class MetricRegexes {
  readonly notes: string[] = [];
  private readonly rules: Rule[] = [];
  private readonly bounded = new BoundedWork();

  constructor(metrics: readonly { readonly name: string; readonly regex: string }[]) {
    for (const { name, regex } of metrics) {
      try {
        this.rules.push({ name, regex: new RegExp(regex), debt: 0, off: false });
      } catch {
        this.notes.push(`The regex of metric ${name} is not valid and is not used: ${regex}`);
      }
    }
  }

  get active(): boolean {
    return this.rules.some(({ off }) => !off);
  }

  /** Matches every line with every regex; an exec that would not end costs at most about `oneLine` milliseconds. */
  match(lines: readonly string[], each: EachMetric): void {
    const values = new Float64Array(lines.length * this.rules.length).fill(NaN);
    let at = 0;
    // It can be cut off anywhere and goes on where it was: each result has its own place, so none is lost or doubled.
    const work = () => {
      for (; at < values.length; at++) {
        values[at] = this.valueAt(lines, at);
      }
    };
    let unlucky = 0;
    while (at < values.length && this.active) {
      const from = at;
      const cpu = cpuUsage();
      if (this.bounded.run(work, oneLine)) break;
      const used = cpuUsage() - cpu;
      unlucky = at === from ? unlucky + 1 : 0;
      // A computer that is busy with something else is not the regex's fault.
      if (at === from && (used > oneLine / 2 || unlucky > 5)) {
        this.switchOff(this.rules[at % this.rules.length], 'it takes too long on one line of the log');
      }
    }
    values.forEach((value, index) => {
      const rule = this.rules[index % this.rules.length];
      if (rule && isMeasurement(value)) each(rule.name, value, Math.floor(index / this.rules.length));
    });
    for (const rule of this.rules) if (rule.debt > debtLimit) this.switchOff(rule, 'it is too slow');
  }

  private valueAt(lines: readonly string[], at: number): number {
    const rule = this.rules[at % this.rules.length];
    const line = lines[Math.floor(at / this.rules.length)];
    if (!rule || rule.off || line === undefined || line.length > longestMatched) return NaN;
    const start = performance.now();
    const group = rule.regex.exec(line)?.[1];
    rule.debt = Math.max(0, rule.debt + performance.now() - start - fairShare);
    return group === undefined || group.trim() === '' ? NaN : Number(group);
  }

  private switchOff(rule: Rule | undefined, why: string): void {
    if (!rule || rule.off) return;
    rule.off = true;
    this.notes.push(`The regex of metric ${rule.name} was switched off because ${why}: ${rule.regex.source}`);
  }
}

const older = { threadCpuUsage: () => process.cpuUsage() };

/** Milliseconds of processor time of this thread, or of the process where Node (below 22.19) can't tell. */
function cpuUsage(): number {
  const { user, system } = ('threadCpuUsage' in process ? process : older).threadCpuUsage();
  return (user + system) / 1000;
}
