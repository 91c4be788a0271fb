import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { jobFolder } from '../../../../src/core/jobFolder';
import { thisProcess } from '../../../../src/node/process';
import { LostNodes } from '../../../../src/providers/local/lostNodes';
import { workplace } from '../../../fakes/workplace';

const claim = { kind: 'started', pid: 0, at: 0 } as const;
const running = [{ rank: 0, launched: true, phase: 'run' }] as const;
const record = (reasonKind: string, code: number) =>
  `{"v":1,"t":9000,"node":0,"kind":"exit","code":${code},"reason":"as told","reasonKind":"${reasonKind}"}`;

/** A job whose one launcher is gone; with what `settle` does, as a shell script that is given the job's folder. */
async function endedJob(settle: string, exit?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-lost-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, jobFolder.node(0)), { recursive: true });
  await mkdir(join(folder, jobFolder.launcher));
  await writeFile(join(folder, jobFolder.launcher, 'nodes.sh'), settle);
  if (exit !== undefined) await writeFile(join(folder, jobFolder.exit(0)), exit);
  return folder;
}

const among = (folder: string) => new LostNodes(workplace()).among(folder, claim, running);

describe.skipIf(process.platform === 'win32')('a node that had no exit file, and has no launcher', () => {
  test('ended well where the file came between those two looks, and nothing is left to settle', async () => {
    const folder = await endedJob(`rm -r "$1"`, record('exit', 0));
    expect((await among(folder)).get(0)).toMatchObject({ code: 0, reasonKind: 'exit' });
    expect(existsSync(folder)).toBe(true);
  });

  test('ended as its launcher’s `settle` writes down', async () => {
    const folder = await endedJob(`printf '%s\n' '${record('lost', 137)}' >"$1/nodes/0/exit"`);
    expect((await among(folder)).get(0)).toMatchObject({ t: 9000, code: 137, reasonKind: 'lost' });
  });

  test('is not lost where its launcher came up between those two looks', async () => {
    const { pid, token } = await thisProcess();
    const folder = await endedJob(`echo '${pid} ${token}' >"$1/nodes/0/pid"`);
    expect((await among(folder)).size).toBe(0);
  });

  test('is lost also where nothing can be written down', async () => {
    const folder = await endedJob('exit 1');
    expect((await among(folder)).get(0)).toMatchObject({ reasonKind: 'lost' });
  });
});
