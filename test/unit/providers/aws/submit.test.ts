import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { submit } from '../../../../src/providers/aws/jobs/submit';
import { ScriptedAccount } from '../../../fakes/aws/scriptedAccount';
import { readJob } from '../../../fakes/jobSpec';
import { never } from '../../../fakes/stateFolder';
import { workplace } from '../../../fakes/workplace';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trainyard-submit-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

it('a disk that is full is said to be, with what to do, and nothing of the job was sent to AWS', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const account = new ScriptedAccount('us-east-1', { HeadBucket: () => ({}) });
  const { spec, secrets } = readJob('workdir: .\nrun: echo');
  const [folder, baseFolder] = [join(home, 'jobs', 'digits-a1b2c3'), join(home, 'work')];
  await mkdir(folder, { recursive: true });
  await mkdir(baseFolder);
  await writeFile(join(baseFolder, 'a.txt'), 'a');
  const { log, remoteFolder } = workplace();
  const submission = { id: 'digits-a1b2c3', spec, secrets, folder, baseFolder, onProgress: () => undefined };
  const requestFor = () =>
    Promise.resolve(() => {
      throw full;
    });
  await expect(
    submit({ account, log, remoteFolder, creating: new Map(), requestFor }, submission, never),
  ).rejects.toMatchObject({
    kind: 'unavailable',
    message: `The disk is full. Make room and submit again: ${folder}`,
    cause: full,
  });
  expect(account.asked).toEqual(['HeadBucket']);
});
