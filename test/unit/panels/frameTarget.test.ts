import { describe, expect, test } from 'vitest';
import { bySuffix, frameLabel, frameTarget } from '../../../src/ui/panels/runPanel/frameTarget';
import type { FrameContext } from '../../../src/ui/panels/runPanel/frameTarget';

const context: FrameContext = {
  jobId: 'digits-a2b3c4',
  baseFolder: '/home/ana/digits',
  workdir: '.',
  workspaceFolders: ['/home/ana/digits'],
};
const copy = '/home/ana/.local/share/trainyard/jobs/digits-a2b3c4/nodes/1/workdir';

describe('a frame of a traceback', () => {
  test('in the copy that the job ran in leads to the file that was copied', () => {
    expect(frameTarget(`${copy}/train.py`, context)).toEqual({ path: '/home/ana/digits/train.py' });
    expect(frameTarget(`${copy}/a/b.py`, { ...context, workdir: './src' })).toEqual({
      path: '/home/ana/digits/src/a/b.py',
    });
  });

  test('with a relative path is one of the workdir', () => {
    expect(frameTarget('train.py', context)).toEqual({ path: '/home/ana/digits/train.py' });
  });

  test('with the path of a workspace file is that file', () => {
    expect(frameTarget('/home/ana/digits/lib.py', context)).toEqual({ path: '/home/ana/digits/lib.py' });
  });

  test.each([
    ['a library', '/usr/lib/python3/site-packages/torch/nn.py'],
    ['a file of another job', `${copy.replace('a2b3c4', 'zzzzzz')}/train.py`],
    ['a way out of the copy', `${copy}/../../../../../../../../etc/passwd`],
    ['a relative way out', '../../../etc/passwd'],
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

  test.each([
    ['SageMaker', '/opt/ml/code/models/net.py', 'models/net.py'],
    ['Azure ML', '/mnt/azureml/cr/j/0a1b2c/exe/wd/models/net.py', 'models/net.py'],
    ['SkyPilot', '/home/sky/sky_workdir/models/net.py', 'models/net.py'],
    ['an image', '/workspace/net.py', 'net.py'],
  ])(
    'in the copy that %s made leads to the workdir, or else to a file of that name',
    (_what, file, within) => {
      const path = `/home/ana/digits/src/${within}`;
      expect(frameTarget(file, { ...context, workdir: 'src' })).toEqual({ path, name: 'net.py' });
      expect(frameLabel(file)).toBe(within);
      expect(frameTarget(file, { ...context, baseFolder: '/tmp/other' })).toBeUndefined();
    },
  );

  test('anywhere else leads to a file of that name, but for a library and a name that is a pattern', () => {
    expect(frameTarget('/app/net.py', context)).toEqual({ name: 'net.py' });
    expect(frameTarget('/home/ana/digits-secret/net.py', context)).toEqual({ name: 'net.py' });
    expect(frameTarget('/app/{a,b}*.py', context)).toBeUndefined();
    expect(frameTarget('/opt/conda/lib/python3.11/json/decoder.py', context)).toBeUndefined();
    expect(frameTarget('<frozen importlib._bootstrap>', context)).toBeUndefined();
  });

  test.each([
    ['/opt/ml/code/models/net.py', ['/w/models/net.py', '/w/old/net.py'], '/w/models/net.py'],
    ['/opt/ml/code/models/net.py', ['/w/a/models/net.py', '/w/b/models/net.py'], undefined],
    ['/opt/ml/code/net.py', ['/w/a/net.py', '/w/b/net.py'], undefined],
    ['/app/net.py', ['/w/src/net.py'], '/w/src/net.py'],
    ['/app/src/net.py', ['/w/net.py', '/w/src/net.py', '/w/x/y/net.py'], '/w/src/net.py'],
    ['/app/net.py', [], undefined],
  ])('%s is of %j the one with the longest common end: %s', (file, candidates, wanted) => {
    expect(bySuffix(file, candidates)).toBe(wanted);
  });

  test('of Windows is found whatever way its path is written', () => {
    const windows: FrameContext = {
      ...context,
      baseFolder: 'C:\\Users\\ana\\digits',
      workspaceFolders: ['/c:/Users/ana/digits'],
    };
    const file =
      'C:\\Users\\ana\\AppData\\Local\\trainyard\\jobs\\digits-a2b3c4\\nodes\\0\\workdir\\train.py';
    expect(frameTarget(file, windows)).toEqual({ path: '/c:/Users/ana/digits/train.py' });
  });

  test('is named by what tells it from others', () => {
    expect(frameLabel(`${copy}/a/train.py`)).toBe('a/train.py');
    expect(frameLabel('/usr/lib/python3.12/site-packages/torch/nn/loss.py')).toBe('torch/nn/loss.py');
    expect(frameLabel('/opt/x.py')).toBe('/opt/x.py');
  });
});
