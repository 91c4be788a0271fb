import { describe, expect, test } from 'vitest';
import { frameLabel, frameTarget } from '../../../src/ui/panels/frameTarget';
import type { FrameContext } from '../../../src/ui/panels/frameTarget';

const context: FrameContext = {
  jobId: 'digits-a2b3c4',
  baseFolder: '/home/ana/digits',
  workdir: '.',
  workspaceFolders: ['/home/ana/digits'],
};
const copy = '/home/ana/.local/share/trainyard/jobs/digits-a2b3c4/nodes/1/workdir';

describe('a frame of a traceback', () => {
  test('in the copy that the job ran in leads to the file that was copied', () => {
    expect(frameTarget(`${copy}/train.py`, context)).toBe('/home/ana/digits/train.py');
    expect(frameTarget(`${copy}/a/b.py`, { ...context, workdir: './src' })).toBe(
      '/home/ana/digits/src/a/b.py',
    );
  });

  test('with a relative path is one of the workdir', () => {
    expect(frameTarget('train.py', context)).toBe('/home/ana/digits/train.py');
  });

  test('with the path of a workspace file is that file', () => {
    expect(frameTarget('/home/ana/digits/lib.py', context)).toBe('/home/ana/digits/lib.py');
  });

  test.each([
    ['a library', '/usr/lib/python3/site-packages/torch/nn.py'],
    ['a file of another job', `${copy.replace('a2b3c4', 'zzzzzz')}/train.py`],
    ['a way out of the copy', `${copy}/../../../../../../../../etc/passwd`],
    ['a relative way out', '../../../etc/passwd'],
    ['a folder whose name only begins alike', '/home/ana/digits-secret/key.py'],
    ['the workspace itself', '/home/ana/digits'],
    ['no file', '<string>'.replace('<string>', '/<string>')],
  ])('is no workspace file when it is %s', (_what, file) => {
    expect(frameTarget(file, context)).toBeUndefined();
  });

  test('is none where the job was submitted from outside the workspace, or without a workdir', () => {
    expect(frameTarget(`${copy}/train.py`, { ...context, baseFolder: '/tmp/other' })).toBeUndefined();
    const without = {
      jobId: context.jobId,
      baseFolder: '/home/ana/digits',
      workspaceFolders: ['/home/ana/digits'],
    };
    expect(frameTarget(`${copy}/train.py`, without)).toBeUndefined();
  });

  test('of Windows is found whatever way its path is written', () => {
    const windows: FrameContext = {
      ...context,
      baseFolder: 'C:\\Users\\ana\\digits',
      workspaceFolders: ['/c:/Users/ana/digits'],
    };
    const file =
      'C:\\Users\\ana\\AppData\\Local\\trainyard\\jobs\\digits-a2b3c4\\nodes\\0\\workdir\\train.py';
    expect(frameTarget(file, windows)).toBe('/c:/Users/ana/digits/train.py');
  });

  test('is named by what tells it from others', () => {
    expect(frameLabel(`${copy}/a/train.py`)).toBe('a/train.py');
    expect(frameLabel('/usr/lib/python3.12/site-packages/torch/nn/loss.py')).toBe('torch/nn/loss.py');
    expect(frameLabel('/opt/x.py')).toBe('/opt/x.py');
  });
});
