import { expect, it } from 'vitest';
import { readJobFile } from '../../../src/core/jobSpec/jobFile';
import { submitProblems } from '../../../src/core/jobSpec/submitProblems';

function problems(text: string) {
  const [spec] = readJobFile(text).jobs;
  if (!spec) throw new Error('expected a job');
  return submitProblems(spec);
}

it('has nothing against an ordinary job', () => {
  expect(problems('name: train-1\nrun: x\n')).toEqual([]);
  expect(problems('setup: x\n')).toEqual([]);
});

it.each(['a b', '; rm -rf /', '-x', 'x-', 'a---b', 'ü', '""', 'x'.repeat(300)])(
  'refuses the name %j',
  (name) => {
    expect(problems(`name: "${name.replaceAll('"', '')}"\nrun: x\n`)).toMatchObject([{ path: ['name'] }]);
  },
);

it.each(['train', 'Train_1.2', 'a--b', '5x'])('takes the name %j', (name) => {
  expect(problems(`name: "${name}"\nrun: x\n`)).toEqual([]);
});

it('refuses a job that does nothing, and one whose secrets have no value', () => {
  expect(problems('num_nodes: 2\n')).toMatchObject([{ message: 'The job has nothing to do. Add run' }]);
  expect(problems('secrets: {A: null, B: null}\nrun: x\n')).toMatchObject([
    { path: ['secrets'], message: 'A, B have no value: give it with --secret A=… --secret B=…' },
  ]);
});
