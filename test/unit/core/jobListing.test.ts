import { describe, expect, it } from 'vitest';
import {
  changesSince,
  mostListed,
  noListing,
  readListing,
  startedElsewhere,
  upToDate,
  withJobs,
  withoutJob,
  withPage,
  type JobListing,
} from '../../../src/core/jobListing';
import type { ListedJob } from '../../../src/core/listedJob';
import { aJob } from '../../fakes/trainingJob';

const hour = 3_600_000;
const start = 1_700_000_000_000;

/** Made `age` hours before `start`, and ended at once. */
function listed(id: string, age: number, more: Partial<ListedJob> = {}): ListedJob {
  const createdAt = start - age * hour;
  return {
    ...{ id, name: id, state: 'succeeded', rawState: 'Completed', createdAt, changedAt: createdAt },
    ...more,
  };
}

const ids = ({ jobs }: JobListing) => jobs.map(({ id }) => id);

describe('a listing', () => {
  it('is the same whatever the order in which jobs come', () => {
    const jobs = [listed('a', 1), listed('b', 2), listed('c', 3)];
    const forwards = withJobs(withJobs(noListing, jobs.slice(0, 2)), jobs.slice(2));
    const backwards = withJobs(withJobs(noListing, jobs.slice(2)), jobs.slice(0, 2).toReversed());
    expect(forwards).toEqual(backwards);
    expect(ids(forwards)).toEqual(['a', 'b', 'c']);
  });

  it('keeps the later of two words about a job, and of two of the same time the last', () => {
    const running = listed('a', 1, { state: 'running', changedAt: start });
    const stopping = listed('a', 1, { state: 'stopping', changedAt: start });
    const old = listed('a', 1, { state: 'starting', changedAt: start - 1 });
    const listing = withJobs(withJobs(withJobs(noListing, [running]), [stopping]), [old]);
    expect(listing.jobs).toEqual([stopping]);
  });

  it('has jobs of one moment in one order', () => {
    const jobs = ['b', 'a', 'c'].map((id) => listed(id, 1));
    expect(ids(withJobs(noListing, jobs))).toEqual(ids(withJobs(noListing, jobs.toReversed())));
  });

  it('is bounded, and the oldest go', () => {
    const jobs = Array.from({ length: mostListed + 10 }, (_, index) => listed(`job-${index}`, index));
    const listing = withJobs(noListing, jobs);
    expect(listing.jobs).toHaveLength(mostListed);
    expect(listing.jobs.at(-1)?.id).toBe(`job-${mostListed - 1}`);
  });

  it('asks for what changed a little before the last change that it knows, by the platform’s clock alone', () => {
    const listing = upToDate({ jobs: [], changedUntil: start }, start + hour, 5);
    expect(listing.changedUntil).toBe(start + hour);
    expect(changesSince(listing)).toBeLessThan(start + hour);
    expect(changesSince(listing)).toBeGreaterThan(start + hour - 600_000);
    // A clock of this computer that is years behind changes nothing of it.
    expect(changesSince(upToDate(listing, undefined, 5))).toBe(changesSince(listing));
    expect(changesSince(noListing)).toBe(0);
  });

  it('forgets a job that the platform says it has not', () => {
    expect(ids(withoutJob(withJobs(noListing, [listed('a', 1), listed('b', 2)]), 'a'))).toEqual(['b']);
  });
});

describe('a load of all jobs', () => {
  const first = { jobs: [listed('a', 1), listed('b', 2)], next: '1' };
  const second = { jobs: [listed('c', 3), listed('d', 4)] };

  it('goes on until the last page, and knows where it is', () => {
    const half = withPage(noListing, first, 7);
    expect(half.load).toEqual({ next: '1', oldest: start - 2 * hour });
    expect(half.loadedAt).toBeUndefined();
    const whole = withPage(half, second, 7);
    expect(whole.load).toBeUndefined();
    expect(whole.loadedAt).toBe(7);
    expect(ids(whole)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets what changes while it goes on be asked for later', () => {
    const later = { jobs: [listed('c', 3, { changedAt: start + hour })] };
    const whole = withPage(withPage(noListing, first, 7), later, 7);
    expect(whole.changedUntil).toBe(start - hour);
  });

  it('takes a page twice, as after a cut', () => {
    const half = withPage(noListing, first, 7);
    expect(ids(withPage(withPage(half, { ...second, next: '2' }, 7), second, 7))).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });

  it('finds that a job was deleted that ended long ago, and no other that is missing', () => {
    const running = listed('running', 3, { state: 'running', rawState: 'InProgress' });
    const young = listed('young', 0.5);
    const known = withJobs(noListing, [...first.jobs, ...second.jobs, running, young, listed('new', 0)]);
    const half = withPage(
      { ...known, loadedAt: 1 },
      { jobs: [listed('a', 1), listed('c', 3)], next: '1' },
      7,
    );
    // What is older than this page is not in it.
    expect(ids(half)).toEqual(['new', 'young', 'a', 'running', 'c', 'd']);
    expect(ids(withPage(half, { jobs: [] }, 7))).toEqual(['new', 'young', 'a', 'running', 'c']);
  });
});

describe('the file of a listing', () => {
  it('is read as it was written', () => {
    const listing = withPage(noListing, { jobs: [listed('a', 1, { endedAt: 5 })], next: '1' }, 7);
    expect(readListing(JSON.stringify(listing))).toEqual(listing);
  });

  it.each([
    '',
    '{"jobs":[{"id"',
    'null',
    '7',
    '{"jobs":{}}',
    '{"jobs":[null]}',
    '{"jobs":[{"id":"a"}]}',
    '{"jobs":[],"load":{"next":1,"oldest":2}}',
    '{"jobs":[],"changedUntil":"now"}',
    JSON.stringify({ jobs: [{ ...listed('a', 1), state: 'constructor' }] }),
  ])('counts for nothing where it is damaged: %s', (text) => {
    expect(readListing(text)).toBeUndefined();
  });
});

it('jobs that are here already are not among those that others started', () => {
  const jobs = [
    aJob({ id: 'mine-abcdef', connection: 'aws/us-east-1' }),
    aJob({ id: 'theirs-234567', connection: 'aws/us-east-1', platformId: 'Theirs' }),
    aJob({ id: 'far-abcdef', connection: 'aws/eu-west-1' }),
  ];
  const all = ['mine-abcdef', 'Theirs', 'far-abcdef', 'theirs-234567'].map((id) => listed(id, 1));
  expect(startedElsewhere(all, 'aws/us-east-1', jobs).map(({ id }) => id)).toEqual([
    'far-abcdef',
    'theirs-234567',
  ]);
});

it('a job that was submitted here through one profile is not another’s through a second profile of the account', () => {
  const jobs = [
    aJob({ id: 'mine-abcdef', connection: 'aws/us-east-1' }),
    aJob({ id: 'seen-234567', connection: 'aws/us-east-1', platformId: 'Seen' }),
  ];
  const all = ['mine-abcdef', 'Seen'].map((id) => listed(id, 1));
  const ids = (connection: string) => startedElsewhere(all, connection, jobs).map(({ id }) => id);
  // One that others started may have its name in two accounts.
  expect(ids('aws/us-east-1@work')).toEqual(['Seen']);
  expect(ids('aws/eu-west-1@work')).toEqual(['mine-abcdef', 'Seen']);
});
