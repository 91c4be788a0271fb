import { describe, expect, test } from 'vitest';
import { runParameters } from '../../../src/core/runParameters';
import type { TrainingJob } from '../../../src/core/trainingJob';
import type { RunSummary } from '../../../src/services/metrics/runSummary';
import { compareCsv } from '../../../src/ui/panels/comparePanel/compareCsv';
import { compareRow, runColumns, sortedColumns } from '../../../src/ui/panels/comparePanel/compareRow';
import { aJob } from '../../fakes/trainingJob';

const summary: RunSummary = {
  version: 1,
  metrics: [
    { name: 'accuracy', count: 3, last: 0.8, min: 0.1, max: 0.9 },
    { name: 'loss', count: 3, last: 0.5, min: 0.4, max: 2 },
  ],
  nodes: [],
  submitted: {
    git: { commit: '0123456789abcdef', dirty: true },
    accelerators: 'A100:8',
    instanceType: 'p4d.24xlarge',
    region: 'us-east-1',
    spot: true,
  },
};

const hour = 3_600_000;
const ended = { state: 'succeeded', startedAt: 0, endedAt: hour, hourlyUsd: 3 } as const;

function rowOf(job: TrainingJob, known: RunSummary | undefined = summary, now = hour) {
  return compareRow({ job, parameters: runParameters(job.spec), summary: known, starred: false }, now);
}

function without(job: TrainingJob, key: keyof TrainingJob): TrainingJob {
  return Object.fromEntries(Object.entries(job).filter(([name]) => name !== key)) as unknown as TrainingJob;
}

const cell = (job: TrainingJob, id: string, known?: RunSummary, now?: number) =>
  rowOf(job, known, now).row.cells[id];

describe('a row of the table', () => {
  test('says how long the run took, what it cost and what it ran on', () => {
    const { cells } = rowOf(aJob(ended)).row;
    expect(cells).toMatchObject({
      name: 'digits',
      state: 'succeeded',
      started: 0,
      duration: { value: 3600, text: '1 h' },
      cost: { value: 3, text: '$3.00' },
      // Two nodes with eight each.
      gpuHours: { value: 16, text: '16.0' },
      nodes: 2,
      machine: 'p4d.24xlarge · spot',
      code: '01234567*',
    });
  });

  test('of a run that goes on counts up to now', () => {
    expect(cell(aJob({ startedAt: 0 }), 'duration', summary, 90_000)).toEqual({
      value: 90,
      text: '1 m 30 s',
    });
  });

  test('has nothing where something is not known: never a cost of zero, never no GPUs', () => {
    const job = without(aJob({ state: 'succeeded', startedAt: 0, endedAt: hour }), 'hourlyUsd');
    const { cells } = compareRow({ job, parameters: [], summary: undefined, starred: false }, hour).row;
    expect(Object.keys(cells)).toEqual(['name', 'state', 'started', 'duration', 'connection', 'nodes']);
  });

  test('counts the GPUs that were seen where the job asked for none', () => {
    const seen = (gpus: number) => ({
      ...summary,
      submitted: null,
      nodes: [{ gpus }, { gpus }],
    });
    expect(cell(aJob(ended), 'gpuHours', seen(4))).toEqual({ value: 8, text: '8.00' });
    expect(cell(aJob(ended), 'gpuHours', seen(0))).toEqual({ value: 0, text: '0' });
    const queued = without(aJob({ state: 'queued' }), 'startedAt');
    expect(cell(queued, 'gpuHours')).toBeUndefined();
  });

  test('has the lowest of a loss and the highest of a score, losses first, and says which', () => {
    const { columns, row } = rowOf(aJob(ended));
    const sorted = sortedColumns([...runColumns, ...columns]).filter(({ group }) => group === 'metric');
    expect(sorted.map(({ title, id, highestFirst }) => [title, row.cells[id], highestFirst])).toEqual([
      ['loss (lowest)', 0.4, false],
      ['loss (last)', 0.5, false],
      ['accuracy (highest)', 0.9, true],
      ['accuracy (last)', 0.8, true],
    ]);
  });

  test('has a column for each parameter, one for both spellings, two where they differ', () => {
    const job = aJob({ ...ended, spec: { envs: { LR: '1e-3', OPT: 'adam' }, run: 't --lr 0.01 --bs 32' } });
    const { columns, row } = rowOf(job);
    const parameters = columns.filter(({ group }) => group === 'parameter');
    expect(parameters.map(({ id, title }) => [id, title, row.cells[id]])).toEqual([
      ['param:lr', 'LR', { value: 0.001, text: '1e-3' }],
      ['param:opt', 'OPT', 'adam'],
      ['run:lr', 'lr (in run)', 0.01],
      ['param:bs', 'bs', 32],
    ]);
  });

  test('takes only what is written as a number for one', () => {
    const values = { A: '0x10', B: '1,5', C: 'Infinity', D: '1e999', E: '', F: '007' };
    const { row } = rowOf(aJob({ ...ended, spec: { envs: values, run: null } }));
    expect(Object.keys(values).map((name) => row.cells[`param:${name.toLowerCase()}`])).toEqual([
      '0x10',
      '1,5',
      'Infinity',
      '1e999',
      '',
      { value: 7, text: '007' },
    ]);
  });

  test('is not led astray by names that objects inherit', () => {
    const job = aJob({
      ...ended,
      spec: { envs: { ['__proto__x']: '1', constructor: '2' }, run: 't --__proto__ 3' },
    });
    expect(rowOf(job).row.cells['param:constructor']).toBe(2);
  });
});

test('the CSV has raw numbers in named units, exact times, and no formulas', () => {
  const job = aJob({ ...ended, name: '=cmd', spec: { envs: { LR: '1e-3', NOTE: '-x, "y"' }, run: null } });
  const { row, columns } = rowOf(job);
  const wanted = ['name', 'started', 'duration', 'cost', 'param:lr', 'param:note', 'best:loss', 'last:none'];
  const known = [...runColumns, ...columns];
  const chosen = wanted.flatMap((id) => known.find((column) => column.id === id) ?? []);
  expect(compareCsv(chosen, [row, { ...row, id: 'other-abcdef', cells: {} }]).split('\r\n')).toEqual([
    'ID,Name,Started,Duration (s),Cost (USD),LR,NOTE,loss (lowest)',
    `digits-k3x9qa,'=cmd,1970-01-01T00:00:00.000Z,3600,3,0.001,"'-x, ""y""",0.4`,
    'other-abcdef,,,,,,,',
    '',
  ]);
});
