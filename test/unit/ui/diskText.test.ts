import { expect, test } from 'vitest';
import {
  bySize,
  freeable,
  freeingText,
  jobDiskText,
  kindsText,
  question,
  type MeasuredJob,
} from '../../../src/ui/diskText';
import { aJob } from '../../fakes/trainingJob';

const none = { log: 0, telemetry: 0, outputs: 0, workdirs: 0, other: 0 };
const measured = (name: string, use: Partial<MeasuredJob['use']>, createdAt = 0): MeasuredJob => ({
  job: aJob({ name, state: 'succeeded', createdAt, endedAt: createdAt }),
  use: { ...none, ...use },
});
const big = measured('llama', {
  log: 2_100_000_000,
  outputs: 800_000_000,
  workdirs: 300_000_000,
  other: 8192,
});
const small = measured('digits', { log: 4096 });

test('the largest job comes first, and of as large ones the oldest', () => {
  const later = measured('later', { log: 4096 }, 5);
  expect(bySize([later, small, big]).map(({ job }) => job.name)).toEqual(['llama', 'digits', 'later']);
});

test('a row says how much, since when and of what, the largest first', () => {
  expect(jobDiskText(big, 5 * 86_400_000)).toBe('3.2 GB · ended 5 d ago');
  expect(kindsText(big.use)).toBe('log 2.1 GB · outputs 800 MB · work folders 300 MB');
});

test('each choice says what goes, what stays and how much comes back', () => {
  expect(freeingText('compressLogs', [big, small])).toMatchObject({ description: 'most of 2.1 GB' });
  expect(freeable('compressLogs', [small])).toBe(0);
  expect(freeingText('deleteWorkdirs', [big])).toMatchObject({
    description: '300 MB',
    detail: expect.stringContaining('Logs, metrics and outputs stay') as string,
  });
});

test('the last question names the jobs and the space', () => {
  expect(question('deleteJobs', [small]).message).toBe('Delete “digits”?');
  const many = question('deleteJobs', [big, ...Array.from({ length: 6 }, () => small)]);
  expect(many.message).toBe('Delete 7 jobs?');
  expect(many.detail).toContain('3.2 GB are freed');
  expect(many.detail).toContain('llama (3.2 GB), digits (4.1 kB)');
  expect(many.detail).toContain('and 2 more');
  expect(question('compressLogs', [big]).detail).toBe(
    'Most of 2.1 GB is freed. Every line can still be read.',
  );
});
