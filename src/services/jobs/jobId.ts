import { randomInt } from 'node:crypto';

const letters = 'abcdefghijklmnopqrstuvwxyz234567';
const longestSlug = 56;

/**
 * A new id: the name as far as every platform's names allow it, a dash, six letters or digits. At most 63 characters of a-z, 0-9 and
 * single dashes, beginning with a letter (the strictest: Google Cloud's labels and DNS names).
 */
export function newJobId(name: string): string {
  return jobIdFrom(
    name,
    Array.from({ length: 6 }, () => randomInt(letters.length)),
  );
}

/** The same with an ending that at least six numbers decide. */
export function jobIdFrom(name: string, numbers: ArrayLike<number>): string {
  const ending = Array.from(numbers)
    .slice(0, 6)
    .map((number) => letters[number % letters.length]);
  return `${slug(name)}-${ending.join('')}`;
}

/** Whether `id` could have come from `newJobId`, so that it is safe as the name of a folder. */
export function isJobId(id: string): boolean {
  return id.length <= 63 && /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*-[a-z0-9]{6}$/.test(id);
}

/** A job's name as people see it: one line of at most 100 characters. */
export function displayName(name: string | null): string {
  const line = (name ?? '').replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  if (line === '') return 'job';
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{Mark}+/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, longestSlug)
    .replaceAll(/^-+|-+$/g, '');
  if (plain === '') return 'job';
  return /^[a-z]/.test(plain) ? plain : `job-${plain}`.slice(0, longestSlug).replace(/-+$/, '');
}
