import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LaunchedJob, exitOf, isAlive, kill, linux, shells, until } from './launchedJob';

/** Saves what it was doing when it is asked to stop, as a training script does. */
const checkpointing = `
  trap 'echo saving; echo step-41 >checkpoint; echo saved; exit 0' TERM
  echo ready
  while :; do sleep 0.1; done`;

/** A daemon: its parents are gone and it has a session of its own. It ignores SIGTERM. */
const daemon = `
  (setsid sh -c 'trap "" TERM; echo $$ >daemon; while :; do sleep 0.2; done' >/dev/null 2>&1 &)
  while [ ! -s daemon ]; do sleep 0.05; done`;

const daemonOf = (job: LaunchedJob) => Number(readFileSync(job.path('workdir/daemon'), 'utf8'));

describe.skipIf(!linux).concurrent.each(shells)('stopping a job, with $name', (shell) => {
  it('gives run its chance to checkpoint, and keeps its outputs', async (test) => {
    const job = new LaunchedJob(shell, { test, run: checkpointing, env: { TRAINYARD_OUTPUTS: 'state=.' } });
    const child = job.start();
    await job.said('ready');
    job.write('stop', 'enough for today\n');
    kill(job.launcher(), 'SIGTERM');
    expect(await job.ended()).toMatchObject({
      code: 0,
      signal: null,
      reason: 'enough for today',
      reasonKind: 'stopped',
      phaseAt: 'run',
    });
    expect(job.log()).toMatch(/^ready\n[^]*saving\nsaved\n$/);
    expect(readFileSync(`${job.folder}/outputs/state/checkpoint`, 'utf8')).toBe('step-41\n');
    expect(await exitOf(child)).not.toBe(0);
    // A helper that the launcher was just starting sees that there is no launcher, and ends.
    await until('every process to be gone', () => job.processes().length === 0);
  });

  it('asks each process once, although torchrun’s workers have sessions of their own', async (test) => {
    const worker = `setsid bash -c 'trap "echo worker asked; sleep 0.3" TERM; echo up; while [ ! -e done ]; do sleep 0.05; done' &`;
    const run = `${worker} ${worker} trap 'echo agent asked' TERM; echo ready; wait; wait; sleep 0.6; touch done; wait`;
    const job = new LaunchedJob(shell, { test, run });
    job.start();
    await job.said('ready');
    await until('both workers', () => job.log().split('up\n').length === 3);
    kill(job.launcher(), 'SIGTERM');
    await job.ended();
    expect(job.log().match(/worker asked/g)).toHaveLength(2);
    expect(job.log().match(/agent asked/g)).toHaveLength(1);
    expect(job.exit()).toMatchObject({ reason: 'stopped by SIGTERM', reasonKind: 'stopped' });
  });

  it('kills what ignores it after the grace, daemons included', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: `${daemon}; trap '' TERM; echo ready; while :; do sleep 0.1; done`,
      env: { TRAINYARD_GRACE_SECONDS: '1' },
    });
    job.start();
    await job.said('ready');
    const at = Date.now();
    kill(job.launcher(), 'SIGTERM');
    expect(await job.ended()).toMatchObject({
      code: 137,
      signal: 'SIGKILL',
      reason: 'stopped by SIGTERM',
      reasonKind: 'stopped',
    });
    expect(Date.now() - at).toBeGreaterThan(950);
    expect(isAlive(daemonOf(job))).toBe(false);
  });

  it('lets a child that outlives the script use the rest of the grace', async (test) => {
    const child = `setsid bash -c 'trap "sleep 0.7; echo late save; exit" TERM; echo ready; while :; do sleep 0.05; done'`;
    const job = new LaunchedJob(shell, { test, run: `${child} & wait` });
    job.start();
    await job.said('ready');
    kill(job.launcher(), 'SIGTERM');
    await job.ended();
    expect(job.log()).toContain('late save\n');
  });

  it('is noticed by the file alone, where no signal can be delivered', async (test) => {
    const job = new LaunchedJob(shell, { test, run: checkpointing, nodes: 2 });
    const child = job.start();
    await Promise.all([job.said('ready', 0), job.said('ready', 1)]);
    job.write('stop', '');
    await exitOf(child);
    for (const node of [0, 1]) {
      expect(job.exit(node)).toMatchObject({ reason: 'stopped by you', reasonKind: 'stopped' });
      expect(job.log(node)).toContain('saved');
    }
  });

  it('of nodes.sh stops every node, and none takes another’s end for the reason', async (test) => {
    const job = new LaunchedJob(shell, { test, run: checkpointing, nodes: 3 });
    const child = job.start();
    await Promise.all([0, 1, 2].map((node) => job.said('ready', node)));
    child.kill('SIGTERM');
    expect(await exitOf(child)).not.toBe(0);
    for (const node of [0, 1, 2]) {
      expect(job.exit(node)).toMatchObject({ reason: 'stopped by SIGTERM', reasonKind: 'stopped' });
    }
    expect(job.processes()).toEqual([]);
  });

  it('in setup never starts run', async (test) => {
    const job = new LaunchedJob(shell, { test, setup: 'echo ready; sleep 30', run: 'echo never' });
    job.start();
    await job.said('ready');
    kill(job.launcher(), 'SIGTERM');
    expect(await job.ended()).toMatchObject({ reasonKind: 'stopped', phaseAt: 'setup', signal: 'SIGTERM' });
    expect(job.log()).toBe('ready\n');
  });

  it('before the start starts nothing', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo never' });
    job.write('stop', 'changed my "mind"\\ \u0007 ✓');
    await job.run();
    expect(job.exit()).toMatchObject({ reason: 'changed my "mind"\\ \u0007 ✓', reasonKind: 'stopped' });
    expect(job.log()).toBe('');
  });

  it('is over quickly when nothing resists', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo ready; sleep 30' });
    job.start();
    await job.said('ready');
    const at = Date.now();
    kill(job.launcher(), 'SIGTERM');
    expect(await job.ended()).toMatchObject({ signal: 'SIGTERM' });
    expect(Date.now() - at).toBeLessThan(2000);
  });

  it('has its reason cut to a length that fits a record', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo never' });
    job.write('stop', '日本'.repeat(2000));
    await job.run();
    expect(String(job.exit()?.reason)).toMatch(/^(日本){50,}日?$/);
    expect(
      job
        .read('telemetry')
        .split('\n')
        .every((line) => line.length < 4000),
    ).toBe(true);
    expect(existsSync(job.path('pid'))).toBe(true);
  });
});

describe.skipIf(!linux).concurrent.each(shells)('a job that ends by itself, with $name', (shell) => {
  it('leaves no process behind: not a background one, not a daemon', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: `${daemon}; sleep 60 & echo done`,
      env: { TRAINYARD_GRACE_SECONDS: '1' },
    });
    expect(await job.run()).toBe(0);
    expect(isAlive(daemonOf(job))).toBe(false);
    expect(job.processes()).toEqual([]);
    expect(job.exit()).toMatchObject({ code: 0, reason: 'run finished', reasonKind: 'exit' });
  });

  it('keeps what setup started until run has ended', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      setup: `(setsid sh -c 'echo $$ >server; sleep 60; :' >/dev/null 2>&1 &); while [ ! -s server ]; do sleep 0.05; done`,
      run: 'kill -0 "$(cat server)" && echo alive',
    });
    await job.run();
    expect(job.log()).toBe('alive\n');
    expect(job.processes()).toEqual([]);
  });
});
