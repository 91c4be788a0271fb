import { expect, test } from 'vitest';
import { runParameters } from '../../../src/core/runParameters';
import type { JobSpec } from '../../../src/core/jobSpec/jobSpec';
import type { JobRecord } from '../../../src/services/jobs/jobRecord';
import type { RunSummary } from '../../../src/services/metrics/runSummary';
import { compareDiff, type DiffRun } from '../../../src/ui/panels/comparePanel/compareDiff';
import { anOffer } from '../../fakes/provider';
import { aJob } from '../../fakes/trainingJob';

function run(spec: Partial<JobSpec>, commit: string, last: number, gpuName: string): DiffRun {
  const job = aJob({ state: 'succeeded', endedAt: 1_061_000, spec });
  const summary: RunSummary = {
    version: 1,
    metrics: [{ name: 'loss', count: 1, last, min: last, max: last }],
    nodes: [
      { gpus: 8, gpuName, gpuMemory: 80e9, cores: 96, memory: 1e12 },
      { gpus: 8, gpuName, gpuMemory: 80e9, cores: 96, memory: 1e12 },
    ],
    submitted: null,
  };
  const record = { offer: anOffer, git: { commit: commit.repeat(10), dirty: false } } as JobRecord;
  return { job, parameters: runParameters(job.spec), summary, record };
}

const a = run(
  { envs: { LR: '0.1', TOKEN: 'x' }, secrets: ['TOKEN'], run: 't --bs 32 --amp' },
  'aaaa',
  0.5,
  'H100',
);
const b = run(
  { envs: { LR: '0.2', TOKEN: 'y' }, secrets: ['TOKEN'], run: 't --bs 32 --deep 3' },
  'bbbb',
  0.4,
  'A100',
);

const differing = (one: DiffRun, other: DiffRun) =>
  compareDiff(one, other, 2_000_000).flatMap(({ title, rows }) =>
    rows.filter((row) => row.a !== row.b).map((row) => [title, row.name, row.a, row.b]),
  );

test('two runs differ in their results, parameters, environment, code and hardware', () => {
  expect(differing(a, b)).toEqual([
    ['Result', 'loss', '0.5', '0.4'],
    ['Parameters', 'amp', 'true', null],
    ['Parameters', 'deep', null, '3'],
    ['Environment', 'LR', '0.1', '0.2'],
    ['Code', 'Commit', 'aaaaaaaaaaaa', 'bbbbbbbbbbbb'],
    [
      'Machine and Resources',
      'Hardware',
      '2 nodes, each 8 × H100 (80 GB), 96 cores, 1.0 TB memory',
      '2 nodes, each 8 × A100 (80 GB), 96 cores, 1.0 TB memory',
    ],
  ]);
});

test('secrets are seen by name only', () => {
  const text = JSON.stringify(compareDiff(a, b, 0));
  expect(text).toContain('"TOKEN","a":"•••","b":"•••"');
  expect(text).not.toContain('"x"');
});

test('a run does not differ from itself, and one without a record still has its job', () => {
  expect(differing(a, a)).toEqual([]);
  const bare = { ...a, record: undefined, summary: undefined };
  expect(differing(a, bare).map(([, name]) => name)).toEqual([
    'loss',
    'Commit',
    'Machine',
    'Price',
    'Hardware',
  ]);
});
