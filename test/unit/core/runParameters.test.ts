import { describe, expect, test } from 'vitest';
import { runParameters } from '../../../src/core/runParameters';
import { aSpec } from '../../fakes/trainingJob';

const shown = (run: string, envs: Record<string, string> = {}, secrets: string[] = []) =>
  runParameters(aSpec({ run, envs, secrets })).map(
    ({ name, value, differs }) => `${name}=${value}${differs ? ' (differs)' : ''}`,
  );

describe('the parameters of a run', () => {
  test.each<[string, string, string[]]>([
    ['flags with their value beside or behind', 'python t.py --lr 0.1 --bs=32', ['lr=0.1', 'bs=32']],
    [
      'negative and scientific numbers',
      't --shift -0.5 --lr 1e-4 --x -.5',
      ['shift=-0.5', 'lr=1e-4', 'x=-.5'],
    ],
    ['switches', 't --amp --lr 1 --compile', ['amp=true', 'lr=1', 'compile=true']],
    ['a switch before the script', 'torchrun --standalone train.py --lr 1', ['standalone=true', 'lr=1']],
    ['overrides', 'python t.py model.dim=64 +trainer.x=a ++y=1', ['model.dim=64', 'trainer.x=a', 'y=1']],
    ['a switch before an override', 't --multirun model.dim=64', ['multirun=true', 'model.dim=64']],
    ['assignments before a program', 'SEED=3 python t.py', ['SEED=3']],
    ['exported assignments', 'export SEED=3', ['SEED=3']],
    ['several lines of one command', 't \\\n  --lr 1 \\\n  --bs 2', ['lr=1', 'bs=2']],
    ['one flag of two commands', 'a --seed 1; b --seed 2; c --seed 1', ['seed=1, 2']],
    ['spellings of one value', 'a --lr 0.001; b --lr 1e-3', ['lr=0.001']],
    ['spellings of one name', 'a --batch-size 2; b batch_size=2', ['batch-size=2']],
    ['words', 't --optimizer adamw --name "a b"', ['optimizer=adamw', 'name=a b']],
    ['what only the job knows', 't --seed $RANDOM --now $(date) --lr 1 x="$(pwd)"', ['lr=1']],
    ['programs that prepare', 'pip install --upgrade torch\nmkdir --mode 7 x\ngit clone --depth 1 u', []],
    ['short flags and paths', 'python -m x -c 3 data/a.csv', []],
    ['empty values', `t --a '' b=`, []],
    ['what is in a here-document', 'python - <<EOF\nlr=3\nEOF', []],
    ['nothing', '', []],
  ])('%s', (_, run, expected) => {
    expect(shown(run)).toEqual(expected);
  });

  test('environment variables come first, without secrets', () => {
    expect(shown('t', { LR: '0.1', TOKEN: 'x' }, ['TOKEN'])).toEqual(['LR=0.1']);
  });

  test('a flag that repeats its variable is that variable; one that differs is listed too', () => {
    expect(shown('t --lr $LR --epochs 3', { LR: '0.1' })).toEqual(['LR=0.1', 'epochs=3']);
    expect(shown('t --lr 1e-1', { LR: '0.1' })).toEqual(['LR=0.1']);
    expect(shown('t --lr 0.2', { LR: '0.1' })).toEqual(['LR=0.1', 'lr=0.2 (differs)']);
  });

  test('values that look like secrets by their name are nobody’s to see', () => {
    expect(shown('t --api-key abc --hub_token x --max-tokens 5 --tokenizer b', { DB_PASSWORD: 'p' })).toEqual(
      ['DB_PASSWORD=•••', 'api-key=•••', 'hub_token=•••', 'max-tokens=5', 'tokenizer=b'],
    );
  });

  test('there are never more than a table can have, nor longer ones', () => {
    const many = Array.from({ length: 300 }, (_, i) => `--p${i} ${'x'.repeat(250)}`).join(' ');
    const all = runParameters(aSpec({ run: `t ${many}` }));
    expect(all).toHaveLength(200);
    expect(all[0]?.value).toHaveLength(200);
  });
});
