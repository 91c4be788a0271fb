import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { LaunchedJob, exitOf, linux, shells, until } from './launchedJob';

const root = linux && process.getuid?.() === 0;

/** Mounts a disk of 64 KiB at `folder` for the time of the test. */
function tinyDisk(folder: string, test: TestContext): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  test.onTestFinished(() => {
    execFileSync('umount', ['-l', folder]);
  });
}

describe.skipIf(!linux).concurrent.each(shells)('the end of a job, with $name,', (shell) => {
  it.for([
    ['exit 0', { code: 0, signal: null, reason: 'run finished', reasonKind: 'exit', phaseAt: 'run' }],
    ['exit 3', { code: 3, signal: null, reason: 'run exited with code 3', reasonKind: 'exit' }],
    [
      'kill -9 $$',
      { code: 137, signal: 'SIGKILL', reason: 'run was killed by SIGKILL (often: out of memory)' },
    ],
    [
      'bash -c "kill -SEGV \\$\\$"; exit $?',
      { code: 139, signal: 'SIGSEGV', reason: 'run was killed by SIGSEGV' },
    ],
    ['no-such-command', { code: 127, reason: 'run exited with code 127 (a command was not found)' }],
    ['exit 255', { code: 255, signal: null, reason: 'run exited with code 255' }],
  ] as const)(
    'after "%s" is reported once, in the exit file and the telemetry alike',
    async ([run, expected], test) => {
      const job = new LaunchedJob(shell, { test, run });
      expect(await job.run()).toBe(expected.code);
      expect(job.exit()).toMatchObject(expected);
      expect(job.records('exit')).toEqual([job.exit()]);
      expect(job.telemetry().at(-1)).toEqual(job.exit());
      expect(readdirSync(job.path('.')).sort()).toEqual([
        'exit',
        'log',
        'phase',
        'pid',
        'telemetry',
        'workdir',
      ]);
    },
  );

  it('comes in setup when that fails: run is not started', async (test) => {
    const job = new LaunchedJob(shell, { test, setup: 'echo no; exit 4', run: 'echo never' });
    expect(await job.run()).toBe(4);
    expect(job.exit()).toMatchObject({
      code: 4,
      reason: 'setup exited with code 4',
      reasonKind: 'setup',
      phaseAt: 'setup',
    });
    expect(job.log()).toBe('no\n');
    expect(job.records('phase').map(({ phase, state }) => [phase, state])).toEqual([
      ['setup', 'start'],
      ['setup', 'end'],
    ]);
  });

  it('comes after setup alone, where there is no run', async (test) => {
    const job = new LaunchedJob(shell, { test, setup: 'echo yes' });
    expect(await job.run()).toBe(0);
    expect(job.exit()).toMatchObject({ code: 0, reason: 'setup finished', reasonKind: 'exit' });
  });

  it('comes at once without a workdir, and says so', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo never' });
    rmSync(job.path('workdir'), { recursive: true });
    expect(await job.run()).toBe(1);
    expect(job.exit()).toMatchObject({ code: 1, reason: `the workdir is not there: ${job.path('workdir')}` });
    expect(job.log()).toBe('');
  });

  it('has its phases in order, with times', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      setup: ':',
      run: 'mkdir model',
      env: { TRAINYARD_OUTPUTS: 'model=./model' },
    });
    const before = Date.now() - 1000;
    await job.run();
    expect(job.records('phase').map(({ phase, state }) => `${String(phase)} ${String(state)}`)).toEqual([
      'setup start',
      'setup end',
      'run start',
      'run end',
      'collect start',
      'collect end',
    ]);
    for (const { t } of job.telemetry()) {
      expect(t).toBeGreaterThanOrEqual(before);
      expect(t).toBeLessThanOrEqual(Date.now());
    }
  });

  it('lets a job whose folder has a name with spaces and quotes run like any other', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: 'mkdir out; echo hi >out/x',
      name: `a b'c"d $(touch pwned) é;x`,
      env: { TRAINYARD_OUTPUTS: 'o=out' },
    });
    expect(await job.run()).toBe(0);
    expect(readFileSync(join(job.folder, 'outputs/o/x'), 'utf8')).toBe('hi\n');
    expect(job.records('host')[0]).toHaveProperty('logBytes');
  });
});

describe.skipIf(!linux).concurrent.each(shells)('the outputs of a job, with $name,', (shell) => {
  const outputs = (...lines: string[]) => ({ TRAINYARD_OUTPUTS: lines.join('\n') });
  const problem = (job: LaunchedJob, node = 0) => job.records('phase', node).at(-1)?.problem;

  it('are those of each node, with odd names, after a failure too', async (test) => {
    const run = `mkdir -p 'my model/deep'; printf 'a\\0b' >'my model/deep/we"ird'; echo 1 >single; exit 6`;
    const job = new LaunchedJob(shell, {
      test,
      run,
      nodes: 2,
      env: outputs('model=./my model', 'file=single'),
    });
    await job.run();
    for (const folder of ['outputs', 'outputs/node-1']) {
      expect(readFileSync(join(job.folder, folder, 'model/deep/we"ird'), 'utf8')).toBe('a\0b');
      expect(readFileSync(join(job.folder, folder, 'file'), 'utf8')).toBe('1\n');
    }
    expect(problem(job)).toBeUndefined();
  });

  it('may be missing: said on node 0, expected on the others', async (test) => {
    const job = new LaunchedJob(shell, { test, run: ':', nodes: 2, env: outputs('model=./model') });
    expect(await job.run()).toBe(0);
    expect(problem(job, 0)).toBe('model: there is no ./model');
    expect(problem(job, 1)).toBeUndefined();
  });

  it('never come from outside the workdir', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: 'ln -s /etc etc; ln -s /etc/passwd passwd; mkdir real; ln -s /etc real/link; ln -s real alias',
      env: outputs(
        'a=etc',
        'b=passwd',
        'c=../../../run.sh',
        'd=/etc',
        'e=etc/ssl',
        '../f=real',
        'real=real',
        'alias=alias',
      ),
    });
    expect(await job.run()).toBe(0);
    expect(readdirSync(join(job.folder, 'outputs')).sort()).toEqual(['alias', 'real']);
    expect(readdirSync(join(job.folder, 'outputs/alias'))).toEqual(['link']);
    for (const word of ['a: etc', 'b: passwd', 'c: ../', 'd: /etc', 'e: etc/ssl', '../f'])
      expect(problem(job)).toContain(word);
    expect(existsSync(join(job.folder, 'f'))).toBe(false);
  });
});

describe.skipIf(!linux).concurrent.each(shells)('a full disk, with $name,', (shell) => {
  it('under the telemetry and the log loses those and nothing else', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: 'echo into the void; sleep 2.5; echo ran >proof; exit 5',
    });
    for (const file of ['log', 'telemetry']) symlinkSync('/dev/full', job.path(file));
    expect(await job.run()).toBe(5);
    expect(readFileSync(job.path('workdir/proof'), 'utf8')).toBe('ran\n');
    expect(job.exit()).toMatchObject({ code: 5, reason: 'run exited with code 5' });
  });

  it.skipIf(!root)('under the whole folder still lets the exit be written', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: 'mkdir out; echo ready; cat /dev/zero >out/filler; echo "$?" >&2; sleep 1.5; exit 8',
      env: { TRAINYARD_OUTPUTS: 'out=out' },
    });
    tinyDisk(job.path('.'), test);
    mkdirSync(job.path('workdir'));
    expect(await job.run()).toBe(8);
    expect(job.exit()).toMatchObject({
      code: 8,
      reason: 'run exited with code 8 (the disk is full)',
      reasonKind: 'exit',
    });
    expect(job.log()).toContain('ready');
    expect(existsSync(job.path('workdir/out/filler'))).toBe(true);
  });

  it.skipIf(!root)('under the outputs is reported and does not change how the job ended', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: 'mkdir out; head -c 200000 /dev/zero >out/big',
      env: { TRAINYARD_OUTPUTS: 'out=out' },
    });
    mkdirSync(join(job.folder, 'outputs'));
    tinyDisk(join(job.folder, 'outputs'), test);
    expect(await job.run()).toBe(0);
    expect(job.records('phase').at(-1)?.problem).toMatch(/^out: .*No space left on device/);
    expect(job.exit()).toMatchObject({ code: 0, reasonKind: 'exit' });
  });

  it.skipIf(!root)('that is freed gets whole telemetry lines again', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: 'echo ready; while [ ! -e finish ]; do sleep 0.05; done',
    });
    tinyDisk(job.path('.'), test);
    mkdirSync(job.path('workdir'));
    const child = job.start();
    await until('a sample', () => job.records('host').length > 0);
    const filler = job.path('filler');
    expect(() => {
      writeFileSync(filler, Buffer.alloc(100_000));
    }).toThrow('ENOSPC');
    await until('a sampler that failed', () =>
      job.samplers().some((pid) => LaunchedJob.command(pid).startsWith('sleep')),
    );
    const count = job.records('host').length;
    rmSync(filler);
    await until('a sample', () => job.records('host').length > count);
    job.write('nodes/0/workdir/finish', '');
    expect(await exitOf(child)).toBe(0);
    expect(job.telemetry().at(-1)).toEqual(job.exit());
  });
});

describe.skipIf(!linux).concurrent.each(shells)('nodes.sh, with $name,', (shell) => {
  it('refuses a folder that is not there', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo never' });
    rmSync(job.folder, { recursive: true });
    expect(await job.run()).toBe(64);
  });

  it('refuses a folder that it can’t write to, instead of taking it for claimed', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo never' });
    symlinkSync('/nonexistent/claim', join(job.folder, 'claim'));
    expect(await job.run()).toBe(73);
  });
});
