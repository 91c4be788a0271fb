import { describe, expect, it } from 'vitest';
import { jobStates, type JobState } from '../../../src/core/trainingJob';
import { jobContextValue } from '../../../src/ui/trees/jobAbilities';
import { elapsedText, jobDescription, jobRow, nodeRow } from '../../../src/ui/trees/jobRow';
import { jobStateIcon } from '../../../src/ui/trees/jobStateIcon';
import { tooltipMarkdown } from '../../../src/ui/trees/markdown';
import { aJob } from '../../fakes/trainingJob';

const started = 1_001_000;
const after = (seconds: number) => started + seconds * 1000;
const endedJob = (state: JobState, seconds: number) =>
  aJob({ state, rawState: state, endedAt: after(seconds) });

describe('the description of a job', () => {
  it('of a job that runs says where, how large, how long, and how it goes', () => {
    expect(jobDescription(aJob(), { figures: ['loss 0.21', 'GPU 91 %'] }, after(190))).toBe(
      '2 nodes · 3 m · loss 0.21 · GPU 91 % · local',
    );
  });

  it('has the price of a job that costs something, and says when it is not known', () => {
    expect(jobDescription(aJob({ hourlyUsd: 3.92 }), {}, after(7800))).toBe(
      '2 nodes · 2 h 10 m · $3.92/h · local',
    );
    const { hourlyUsd, ...unpriced } = aJob();
    expect(hourlyUsd).toBe(0);
    expect(jobDescription(unpriced, {}, after(5))).toBe('2 nodes · 5 s · price unknown · local');
  });

  it('of a job that succeeded has its best figure and its cost', () => {
    expect(jobDescription(endedJob('succeeded', 41), { figures: ['accuracy 0.972'] }, after(9999))).toBe(
      '41 s · accuracy 0.972 · $0.00 · local',
    );
  });

  it('of a job that failed says why, and on which node', () => {
    const job = { ...endedJob('failed', 3), exit: { code: 1, reason: 'exit code 1', node: 1 } };
    expect(jobDescription(job, { failure: 'ValueError: bad shape' }, after(9))).toBe(
      'node 1: ValueError: bad shape · 3 s · local',
    );
    expect(jobDescription(job, {}, after(9))).toBe('node 1: exit code 1 · 3 s · local');
  });

  it('of a job that failed names the node that its log blames, rather than the one that gave up last', () => {
    const job = { ...endedJob('failed', 3), exit: { code: 1, reason: 'exit code 1', node: 0 } };
    expect(jobDescription(job, { failure: 'KeyError: 3', node: 1 }, after(9))).toBe(
      'node 1: KeyError: 3 · 3 s · local',
    );
  });

  it('of a job of one node does not say which node failed', () => {
    const job = aJob({
      state: 'failed',
      endedAt: after(3),
      exit: { reason: 'exit code 1', node: 0 },
      spec: { num_nodes: 1 },
    });
    expect(jobDescription(job, {}, after(9))).toBe('exit code 1 · 3 s · local');
  });

  it.each([
    ['queued', 'queued · 2 nodes · 7 s · local'],
    ['starting', 'starting · 2 nodes · 7 s · local'],
    ['stopping', 'stopping · 2 nodes · 7 s · local'],
    ['unknown', 'state unknown: LOST · local'],
  ] as const)('of a %s job says so', (state, text) => {
    expect(jobDescription(aJob({ state, rawState: 'LOST' }), {}, after(7))).toBe(text);
  });

  it('of a job that was stopped says so', () => {
    expect(jobDescription(endedJob('stopped', 60), {}, after(99))).toBe('stopped · 1 m · $0.00 · local');
  });
});

describe('the row of a job', () => {
  it('tells each state by a shape of its own, but for the two that only differ in direction', () => {
    const shapes = jobStates.filter((state) => state !== 'stopping').map((state) => jobStateIcon[state].id);
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  it('can be opened, and unfolded when the job has several nodes', () => {
    const row = jobRow(aJob(), {}, after(1));
    expect(row.command).toMatchObject({ command: '_trainyard.jobs.openClicked', arguments: [] });
    expect(row.children).toBe('collapsed');
    expect(jobRow(aJob({ nodes: [{ rank: 0, state: 'running' }] }), {}, after(1)).children).toBeUndefined();
  });

  it('shows a hostile name on one line, and never as Markdown', () => {
    const row = jobRow(aJob({ name: 'a\n[x](command:evil) | **b** \u202e<img>' }), {}, after(1));
    expect(row.label).not.toMatch(/[\n\u202e]/);
    const text = row.tooltip ? tooltipMarkdown(row.tooltip) : '';
    expect(text).not.toContain('[x](command:evil)');
    expect(text).toContain('\\[x\\]\\(command\\:evil\\) \\| \\*\\*b\\*\\*');
    expect(text).not.toContain('<img>');
  });

  it('shows what the platform says besides', () => {
    const facts = [{ label: 'Spot saving', value: '70 %' }];
    const row = jobRow(aJob({ facts }), {}, after(1));
    expect(row.tooltip?.facts).toContainEqual(['Spot saving', '70 %']);
  });

  it('cuts a long name in its middle, so that what one wants to know has room, and has all of it in the tooltip', () => {
    const name = 'llama-sft-on-spot-machines-seed-17';
    expect(jobRow(aJob({ name }), {}, after(1))).toMatchObject({
      label: 'llama-sft-on-s…s-seed-17',
      name,
      tooltip: { title: name },
    });
    expect(jobRow(aJob({ name: 'colleagues-tuning-2026' }), {}, after(1)).label).toBe(
      'colleagues-tuning-2026',
    );
    const { label } = jobRow(aJob({ name: '🚂'.repeat(300) }), {}, after(1));
    expect(label).toBe(`${'🚂'.repeat(14)}…${'🚂'.repeat(9)}`);
  });

  it('links only commands of ours in its tooltip', () => {
    const links = jobRow(aJob({ source: '/a/b.job.yaml' }), {}, after(1)).tooltip?.links ?? [];
    expect(links.map(({ command }) => command)).toEqual([
      'trainyard.job.open',
      'trainyard.job.resubmit',
      'trainyard.job.editFile',
    ]);
  });
});

describe('what can be done with a job', () => {
  it.each([
    ['queued', 'trainingJob stoppable resubmittable'],
    ['starting', 'trainingJob stoppable resubmittable'],
    ['running', 'trainingJob stoppable resubmittable'],
    ['stopping', 'trainingJob resubmittable'],
    ['succeeded', 'trainingJob deletable resubmittable'],
    ['failed', 'trainingJob deletable resubmittable'],
    ['stopped', 'trainingJob deletable resubmittable'],
    ['unknown', 'trainingJob stoppable resubmittable'],
  ] as const)('in state %s: %s', (state, tags) => {
    expect(jobContextValue(aJob({ state }))).toBe(tags);
  });

  it('includes editing its file when it came from one', () => {
    expect(jobContextValue(aJob({ source: '/a/b.job.yaml' }))).toBe(
      'trainingJob stoppable resubmittable editable',
    );
  });

  it('does not include running it again when it was started elsewhere', () => {
    expect(jobContextValue(aJob({ platformId: 'Theirs' }))).toBe('trainingJob stoppable');
  });
});

describe('the row of a node', () => {
  it('says in which phase the node is', () => {
    const node = { rank: 1, state: 'running', phase: 'epoch 3' } as const;
    expect(nodeRow(aJob(), node)).toMatchObject({ label: 'node 1', description: 'running · epoch 3' });
  });

  it('says why it ended, unless it succeeded', () => {
    const exit = { code: 1, reason: 'exit code 1' };
    expect(nodeRow(aJob(), { rank: 0, state: 'failed', phase: 'run', exit }).description).toBe(
      'failed · exit code 1',
    );
    expect(
      nodeRow(aJob(), { rank: 0, state: 'succeeded', phase: 'run', exit: { code: 0, reason: 'done' } })
        .description,
    ).toBe('succeeded');
  });
});

describe('elapsed time', () => {
  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 m'],
    [192_000, '3 m'],
    [3_600_000, '1 h'],
    [7_859_000, '2 h 10 m'],
    [273_600_000, '3 d 4 h'],
  ])('of %i ms is %s', (milliseconds, text) => {
    expect(elapsedText(milliseconds)).toBe(text);
  });
});
