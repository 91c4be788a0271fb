import { describe, expect, it } from 'vitest';
import { readJobFile } from '../../../src/core/jobSpec/jobFile';
import { submitProblems } from '../../../src/core/jobSpec/submitProblems';
import { notebookOf } from '../../../src/core/notebook/executedOutput';
import { notebookJobText, parametersCell, parseParameters } from '../../../src/core/notebook/notebookJob';

describe('The job file of a notebook', () => {
  it.each(['train.ipynb', 'my "odd" $(name) `x`.ipynb', "it's #1: a.ipynb", 'ü 模型.ipynb', '-.ipynb'])(
    'is valid and names exactly the notebook: %s',
    (notebook) => {
      const file = readJobFile(notebookJobText({ notebook, infra: 'ssh/gpu-1', parameters: { lr: 0.1 } }));
      expect(file.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      const [spec] = file.jobs;
      expect(spec?.envs.NOTEBOOK).toBe(notebook);
      expect(spec?.envs.NOTEBOOK_PARAMETERS).toBe('{"lr":0.1}');
      expect(spec?.trainyard?.outputs).toEqual({ notebook: './.notebook-job/output' });
      expect(spec && submitProblems(spec)).toEqual([]);
      expect(notebookOf(spec?.envs ?? {})).toBe(notebook);
      // Names reach the scripts as variables only.
      expect(spec?.run).toBe(
        readJobFile(notebookJobText({ notebook: 'a.ipynb', parameters: {} })).jobs[0]?.run,
      );
    },
  );

  it('is told from every other job', () => {
    expect(notebookOf({ NOTEBOOK: 'a.ipynb' })).toBeUndefined();
  });
});

describe('Parameters of a notebook', () => {
  it('stand in the cell with that tag', () => {
    const cells = [
      { tags: [], text: 'import x' },
      { tags: ['a', 'parameters'], text: 'lr = 0.1' },
    ];
    expect(parametersCell(cells)).toBe('lr = 0.1');
    expect(parametersCell(cells.slice(0, 1))).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['', {}],
    ['lr=0.001 epochs=3', { lr: 0.001, epochs: 3 }],
    ['a=True b=None c=false', { a: true, b: null, c: false }],
    ['name="a b" other=\'c d\'', { name: 'a b', other: 'c d' }],
    ['sizes=[1, 2, 3] x = 5', { sizes: [1, 2, 3], x: 5 }],
    ['model=resnet-50', { model: 'resnet-50' }],
  ])('are read from %o', (text, values) => {
    expect(parseParameters(text)).toEqual(values);
  });

  it.each(['lr', '=5', '5=x', 'a=1 b'])('are refused with what is wrong: %s', (text) => {
    expect(() => parseParameters(text)).toThrow('Expected NAME=VALUE');
  });
});
