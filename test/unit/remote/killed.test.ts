import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settleClaim } from '../../../src/providers/local/claim';
import { LaunchedJob, exitOf, isAlive, kill, linux, shells, until } from './launchedJob';

const untilTold = 'echo ready; while [ ! -e finish ]; do sleep 0.05; done; echo bye';

describe.skipIf(!linux).concurrent.each(shells)('when a part of it is killed, with $name,', (shell) => {
  it('the samplers: the job goes on and ends well', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold });
    job.fakeGpus(readFileSync('test/fixtures/gpu/query-gpu.h200-load.csv'));
    const child = job.start();
    await until('samples of both', () => job.records('gpu').length > 0 && job.records('host').length > 0);
    const samplers = job.samplers();
    expect(samplers.length).toBeGreaterThanOrEqual(4);
    for (const pid of samplers) kill(pid, 'SIGKILL');
    await until('the samplers to be gone', () => !samplers.some(isAlive));
    job.write('nodes/0/workdir/finish', '');
    expect(await exitOf(child)).toBe(0);
    expect(job.log()).toBe('ready\nbye\n');
    expect(job.exit()).toMatchObject({ code: 0, reasonKind: 'exit' });
  });

  it('the launcher: nodes.sh ends its processes, says so, and stops the other node', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: 'echo $$ >pid; setsid sleep 60 & echo ready; sleep 60',
      nodes: 2,
    });
    job.fakeGpus(readFileSync('test/fixtures/gpu/query-gpu.h200-load.csv'));
    const child = job.start();
    await Promise.all([job.said('ready', 0), job.said('ready', 1)]);
    await until('a GPU sample', () => job.records('gpu', 1).length > 0);
    kill(job.launcher(1), 'SIGKILL');
    expect(await exitOf(child)).not.toBe(0);
    expect(job.exit(1)).toMatchObject({
      code: 137,
      signal: 'SIGKILL',
      reason: 'the launcher was killed',
      reasonKind: 'lost',
    });
    expect(job.exit(0)).toMatchObject({ reason: 'node 1 failed first', reasonKind: 'peer' });
    await until('every process to be gone', () => job.processes().length === 0);
  });

  it('nodes.sh: the nodes go on and end properly by themselves', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold, nodes: 2 });
    const child = job.start();
    await Promise.all([job.said('ready', 0), job.said('ready', 1)]);
    child.kill('SIGKILL');
    await exitOf(child);
    job.write('nodes/0/workdir/finish', '');
    job.write('nodes/1/workdir/finish', '');
    expect(await job.ended(0)).toMatchObject({ code: 0, reasonKind: 'exit' });
    expect(await job.ended(1)).toMatchObject({ code: 0, reasonKind: 'exit' });
    await until('every process to be gone', () => job.processes().length === 0);
  });

  it('nodes.sh, and then a node fails: the other is still stopped', async (test) => {
    const job = new LaunchedJob(shell, { test, run: `${untilTold}; exit 9`, nodes: 2 });
    const child = job.start();
    await Promise.all([job.said('ready', 0), job.said('ready', 1)]);
    child.kill('SIGKILL');
    job.write('nodes/0/workdir/finish', '');
    expect(await job.ended(0)).toMatchObject({ code: 9 });
    expect(await job.ended(1)).toMatchObject({ reason: 'node 0 failed first', reasonKind: 'peer' });
  });

  it('nodes.sh and all: settling ends what is left and writes the exit, once', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo ready; sleep 60' });
    job.start();
    await job.said('ready');
    const token = `TRAINYARD_NODE_TOKEN=node-${job.launcher()}-`;
    // All but what the job itself runs: a machine's out-of-memory killer, or a careless killall.
    const keepers = job.processes().filter((pid) => !job.processes(token).includes(pid));
    for (const pid of keepers) kill(pid, 'SIGKILL');
    await until('the job to be an orphan', () => !keepers.some(isAlive) && job.processes(token).length > 0);
    expect(job.exit()).toBeUndefined();
    expect(await exitOf(job.start('settle'))).toBe(0);
    expect(job.exit()).toMatchObject({ reasonKind: 'lost', reason: 'the launcher was killed' });
    expect(job.processes()).toEqual([]);
    const first = job.read('exit');
    await exitOf(job.start('settle'));
    expect(job.read('exit')).toBe(first);
  });

  it('nothing: settling leaves a job that runs alone', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold });
    const child = job.start();
    await job.said('ready');
    await exitOf(job.start('settle'));
    job.write('nodes/0/workdir/finish', '');
    expect(await exitOf(child)).toBe(0);
    expect(job.exit()).toMatchObject({ code: 0 });
  });

  it('a node by a failure: the others stop, and each says whose it was', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: 'echo ready; [ $SKYPILOT_NODE_RANK = 1 ] && exit 3; sleep 60',
      nodes: 3,
    });
    expect(await job.run()).not.toBe(0);
    expect(job.exit(1)).toMatchObject({ code: 3, reason: 'run exited with code 3', reasonKind: 'exit' });
    for (const node of [0, 2])
      expect(job.exit(node)).toMatchObject({ reason: 'node 1 failed first', reasonKind: 'peer' });
  });
});

describe.skipIf(!linux).concurrent.each(shells)('the claim, with $name,', (shell) => {
  it('lets one of 20 starters run the job, and the others end silently with 0', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo started >>count; sleep 0.5' });
    const codes = await Promise.all(Array.from({ length: 20 }, () => exitOf(job.start())));
    expect(codes).toEqual(Array(20).fill(0));
    expect(readFileSync(job.path('workdir/count'), 'utf8')).toBe('started\n');
    expect(readFileSync(`${job.folder}/claim`, 'utf8')).toMatch(/^started \d+ \d+ \S+\n$/);
    expect(job.records('exit')).toHaveLength(1);
  });

  it.skipIf(shell.name === 'busybox')(
    'is there whole or not at all, so that giving up decides',
    async (test) => {
      const job = new LaunchedJob(shell, { test, run: 'echo never' });
      // A starter that is held up where it makes its claim, on a machine that is busy.
      const bin = mkdtempSync(join(tmpdir(), 'trainyard-ln-'));
      test.onTestFinished(() => {
        rmSync(bin, { recursive: true });
      });
      const ln = join(bin, 'ln');
      writeFileSync(
        ln,
        `#!/bin/sh\n: >${bin}/held\nwhile [ ! -e ${bin}/go ]; do sleep 0.02; done\nPATH=/usr/bin:/bin exec ln "$@"\n`,
      );
      chmodSync(ln, 0o755);
      job.env.PATH = [bin, job.env.PATH].join(delimiter);
      const starter = exitOf(job.start());
      await until('the starter to be held up', () => existsSync(join(bin, 'held')));
      expect(existsSync(`${job.folder}/claim`)).toBe(false);
      expect(await settleClaim(job.folder)).toBe(false);
      writeFileSync(join(bin, 'go'), '');
      expect(await starter).toBe(0);
      expect(job.log()).toBe('');
      expect(readdirSync(job.folder).filter((name) => name.includes('claim'))).toEqual(['claim']);
    },
  );

  it('of a reconciler keeps the job from ever starting', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo never' });
    job.write('claim', 'aborted\n');
    expect(await job.run()).toBe(0);
    expect(job.log()).toBe('');
    expect(job.exit()).toBeUndefined();
    expect(readFileSync(`${job.folder}/claim`, 'utf8')).toBe('aborted\n');
  });
});
