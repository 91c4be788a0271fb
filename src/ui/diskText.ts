import type { TrainingJob } from '../core/trainingJob';
import { agoText, bytesText, countText } from '../core/words';
import { totalBytes, type DiskUse } from '../services/jobs/diskUse';
import type { Freeing } from '../services/jobs/diskFreeing';

export interface MeasuredJob {
  readonly job: TrainingJob;
  readonly use: DiskUse;
}

/** The largest first; of as large ones the oldest. */
export function bySize(jobs: readonly MeasuredJob[]): MeasuredJob[] {
  return jobs.toSorted((a, b) => totalBytes(b.use) - totalBytes(a.use) || a.job.createdAt - b.job.createdAt);
}

/** `3.2 GB · ended 5 d ago`. */
export function jobDiskText({ job, use }: MeasuredJob, now: number): string {
  return `${bytesText(totalBytes(use))} · ended ${agoText(job.endedAt ?? job.createdAt, now)}`;
}

/** `log 2.1 GB · work folders 300 MB`, the largest first, what is less than a hundredth left out. */
export function kindsText(use: DiskUse): string {
  const kinds: [string, number][] = [
    ['log', use.log],
    ['outputs', use.outputs],
    ['work folders', use.workdirs],
    ['telemetry', use.telemetry],
    ['other files', use.other],
  ];
  return kinds
    .filter(([, bytes]) => bytes > 0 && bytes >= totalBytes(use) / 100)
    .sort(([, a], [, b]) => b - a)
    .map(([name, bytes]) => `${name} ${bytesText(bytes)}`)
    .join(' · ');
}

/** Smaller logs stay as they are (`node/logCompressor`), in bytes. */
const compressible = 8 << 20;

/** What `freeing` gives back of these jobs, in bytes; of logs at most that. */
export function freeable(freeing: Freeing, jobs: readonly MeasuredJob[]): number {
  const of: Record<Freeing, (use: DiskUse) => number> = {
    compressLogs: ({ log }) => (log >= compressible ? log : 0),
    deleteWorkdirs: ({ workdirs }) => workdirs,
    deleteJobs: totalBytes,
  };
  return jobs.reduce((sum, { use }) => sum + of[freeing](use), 0);
}

/** A choice of the second step. */
export function freeingText(
  freeing: Freeing,
  jobs: readonly MeasuredJob[],
): { label: string; description: string; detail: string } {
  const bytes = bytesText(freeable(freeing, jobs));
  const texts: Record<Freeing, [string, string, string]> = {
    compressLogs: [
      '$(file-zip) Compress Logs',
      `most of ${bytes}`,
      'Every line can still be read and searched. Logs below 8 MB stay as they are.',
    ],
    deleteWorkdirs: [
      '$(folder) Delete Work Folders',
      bytes,
      'The copies of the code, and what the jobs wrote there. Logs, metrics and outputs stay.',
    ],
    deleteJobs: ['$(trash) Delete Jobs', bytes, 'With their logs, metrics and outputs.'],
  };
  const [label, description, detail] = texts[freeing];
  return { label, description, detail };
}

export interface Question {
  readonly message: string;
  readonly detail: string;
  /** The button that does it. */
  readonly action: string;
}

const mostNames = 5;

/** The last question, which names what goes and how much space comes. */
export function question(freeing: Freeing, jobs: readonly MeasuredJob[]): Question {
  const [first] = jobs;
  const what = jobs.length === 1 && first ? `“${first.job.name}”` : countText(jobs.length, 'job');
  const bytes = bytesText(freeable(freeing, jobs));
  const names = jobs.slice(0, mostNames).map(({ job, use }) => `${job.name} (${bytesText(totalBytes(use))})`);
  const more = jobs.length > mostNames ? ` and ${jobs.length - mostNames} more` : '';
  const list = jobs.length === 1 ? '' : `\n\n${names.join(', ')}${more}`;
  const texts: Record<Freeing, Question> = {
    compressLogs: {
      message: `Compress the logs of ${what}?`,
      detail: `Most of ${bytes} is freed. Every line can still be read.${list}`,
      action: 'Compress',
    },
    deleteWorkdirs: {
      message: `Delete the work folders of ${what}?`,
      detail: `${bytes} are freed. Logs, metrics and outputs stay. This can’t be undone.${list}`,
      action: 'Delete Work Folders',
    },
    deleteJobs: {
      message: `Delete ${what}?`,
      detail: `${bytes} are freed. Logs, metrics and outputs on this computer are deleted. This can’t be undone.${list}`,
      action: 'Delete',
    },
  };
  return texts[freeing];
}
