import { describe, expect, it } from 'vitest';
import {
  childrenOf,
  jobsNodes,
  jobsRow,
  renewed,
  shapeOf,
  type JobsNode,
} from '../../../src/ui/trees/jobsNode';
import { aJob } from '../../fakes/trainingJob';

const nothing = { jobs: [], submissions: [], troubles: [] };
const ended = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    // Newest first, one a day.
    aJob({ id: `job-${index}`, state: 'succeeded', createdAt: Date.UTC(2026, 10, 24) - index * 86_400_000 }),
  );
const labels = (nodes: readonly JobsNode[]) => nodes.map((node) => jobsRow(node, {}, 0).label);

describe('the Jobs view', () => {
  it('is empty before there is a job, so that its welcome shows', () => {
    expect(jobsNodes(nothing)).toEqual([]);
  });

  it('leads to the first job where rows that are nobody’s own are in the welcome’s place', () => {
    const state = { ...nothing, lists: ['aws/us-east-1'] };
    const nodes = jobsNodes({ ...state, step: 'submit' });
    expect(labels(nodes)).toEqual(['Submit Job…', 'Others on aws/us-east-1']);
    expect(nodes[0] && jobsRow(nodes[0], {}, 0)).toMatchObject({
      description: 'this workspace has job files',
      command: { command: 'trainyard.job.submit', arguments: [] },
    });
    expect(labels(jobsNodes({ ...state, step: 'newFile' }))[0]).toBe('New Job File…');
    expect(labels(jobsNodes({ ...state, step: 'trust' }))[0]).toBe('Manage Workspace Trust');
    expect(labels(jobsNodes({ ...state, step: 'openFolder' }))[0]).toBe('Open Folder');
    const trouble = { kind: 'trouble' as const, id: 'ssh', label: 'SSH', error: new Error('Broken.') };
    expect(labels(jobsNodes({ ...nothing, troubles: [trouble], step: 'submit' }))).toEqual([
      'SSH',
      'Submit Job…',
    ]);
    // Who has a job knows the way, and the welcome itself leads there too.
    expect(labels(jobsNodes({ ...state, jobs: [aJob()], step: 'submit' }))).not.toContain('Submit Job…');
    expect(jobsNodes({ ...nothing, step: 'submit' })).toEqual([]);
  });

  it('draws the view anew when the first step is another', () => {
    const shape = (step: 'submit' | 'newFile') => shapeOf(jobsNodes({ ...nothing, lists: ['a'], step }));
    expect(shape('submit')).not.toBe(shape('newFile'));
  });

  it('has what runs above what has ended', () => {
    const jobs = [aJob({ id: 'b', state: 'failed' }), aJob({ id: 'a' })];
    expect(labels(jobsNodes({ ...nothing, jobs }))).toEqual(['Running (1)', 'Recent (1)']);
  });

  it('shows a submit under way among what runs, and it can be stopped', () => {
    const submission = {
      key: 1,
      name: 'digits',
      connection: 'local',
      startedAt: 5,
      message: 'copying 12 files',
      stop: () => undefined,
    };
    const [running] = jobsNodes({ ...nothing, submissions: [submission] });
    const [node] = running ? childrenOf(running) : [];
    expect(node && jobsRow(node, {}, 0)).toMatchObject({
      label: 'digits',
      description: 'copying 12 files · local',
      contextValue: 'submission stoppable',
    });
  });

  it('shows a submit and the record that it has made already as one row', () => {
    const submission = {
      key: 1,
      name: 'digits',
      connection: 'local',
      startedAt: 5,
      message: 'starting',
      stop: () => undefined,
    };
    const made = aJob({ id: 'b', state: 'starting', createdAt: 6 });
    const before = aJob({ id: 'a', state: 'starting', createdAt: 4 });
    const other = aJob({ id: 'c', state: 'starting', createdAt: 6, name: 'other' });
    const [running] = jobsNodes({ ...nothing, jobs: [made, other, before], submissions: [submission] });
    expect(
      running && childrenOf(running).map((node) => (node.kind === 'job' ? node.job.id : node.kind)),
    ).toEqual(['submission', 'c', 'a']);
  });

  it('shows what is broken first, with why, and the rest none the less', () => {
    const error = new Error('The database is locked.\nClose the other window.');
    const nodes = jobsNodes({
      ...nothing,
      jobs: [aJob()],
      troubles: [{ kind: 'trouble', id: 'ssh', label: 'SSH', error }],
    });
    expect(labels(nodes)).toEqual(['SSH', 'Running (1)']);
    const row = nodes[0] && jobsRow(nodes[0], {}, 0);
    expect(row?.description).toBe('The database is locked. Close the other window.');
    expect(row?.command?.command).toBe('trainyard.refresh');
  });

  it('groups what is older than the last 50 by month', () => {
    const nodes = jobsNodes({ ...nothing, jobs: ended(120) });
    expect(labels(nodes)).toEqual(['Recent (50)', 'Older (70)']);
    const older = nodes[1] && childrenOf(nodes[1]);
    expect(labels(older ?? [])).toEqual([
      'October 2026 (5)',
      'September 2026 (30)',
      'August 2026 (31)',
      'July 2026 (4)',
    ]);
  });

  it('has 50 ended jobs without a group for older ones', () => {
    expect(labels(jobsNodes({ ...nothing, jobs: ended(50) }))).toEqual(['Recent (50)']);
  });

  it('unfolds a job of several nodes into them, and one of a single node not', () => {
    const [first] = childrenOf({ kind: 'job', job: aJob() });
    expect(first && jobsRow(first, {}, 0).label).toBe('node 0');
    expect(childrenOf({ kind: 'job', job: aJob({ nodes: [{ rank: 0, state: 'running' }] }) })).toEqual([]);
  });

  it('gives each row an id of its own', () => {
    const all = (nodes: readonly JobsNode[]): readonly JobsNode[] =>
      nodes.flatMap((node) => [node, ...all(childrenOf(node))]);
    const ids = all(
      jobsNodes({ ...nothing, jobs: [aJob({ id: 'a' }), aJob({ id: 'b' }), ...ended(60)] }),
    ).map((node) => jobsRow(node, {}, 0).id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('keeps its shape while jobs go on, and has another when one comes or ends', () => {
    const shape = (...jobs: Parameters<typeof aJob>[0][]) =>
      shapeOf(jobsNodes({ ...nothing, jobs: jobs.map(aJob) }));
    const before = shape({ id: 'b', state: 'starting' }, { id: 'a', state: 'failed' });
    expect(shape({ id: 'b', state: 'running' }, { id: 'a', state: 'failed' })).toBe(before);
    expect(shape({ id: 'b', state: 'succeeded' }, { id: 'a', state: 'failed' })).not.toBe(before);
    expect(shape({ id: 'c' }, { id: 'b' }, { id: 'a', state: 'failed' })).not.toBe(before);
    expect(shape({ id: 'a', state: 'failed' })).not.toBe(before);
  });

  it('gives a row of before what is known now', () => {
    const before = aJob({ id: 'a', state: 'starting' });
    const now = aJob({ id: 'a', state: 'running' });
    expect(renewed({ kind: 'job', job: before }, { ...nothing, jobs: [now] })).toEqual({
      kind: 'job',
      job: now,
    });
    expect(renewed({ kind: 'job', job: before }, nothing)).toEqual({ kind: 'job', job: before });
  });
});
