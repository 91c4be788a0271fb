import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LaunchedJob, linux, shells } from './launchedJob';

const dump = (file: string) => `env -0 >${file}; pwd -P >${file}.cwd; cat >${file}.stdin`;

function envOf(job: LaunchedJob, file: string, node: number): Map<string, string> {
  const text = readFileSync(job.path(`workdir/${file}`, node), 'utf8');
  return new Map(
    text
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

const pick = (env: Map<string, string>) =>
  Object.fromEntries(
    [...env].filter(([key]) => /^(SKYPILOT_|PET_|MASTER_|PYTHONUNBUFFERED|TRAINYARD_JOB_ID|CUDA)/.test(key)),
  );

describe.skipIf(!linux).concurrent.each(shells)('the environment of a job, with $name', (shell) => {
  it('is as SkyPilot documents it in setup and in run, on each of 3 nodes', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      nodes: 3,
      setup: dump('setup.env'),
      run: dump('run.env'),
      env: {
        TRAINYARD_JOB_ID: 'digits-abc123',
        TRAINYARD_GPUS_PER_NODE: '2',
        TRAINYARD_NODE_IPS: '10.0.0.1\n10.0.0.2\n10.0.0.3',
        TRAINYARD_MASTER_PORT: '31234',
        CUDA_VISIBLE_DEVICES: '0,1',
      },
    });
    expect(await job.run()).toBe(0);
    const everywhere = (rank: number) => ({
      SKYPILOT_NUM_NODES: '3',
      PET_NNODES: '3',
      PET_NODE_RANK: String(rank),
      PET_NPROC_PER_NODE: '2',
      PET_MASTER_ADDR: '10.0.0.1',
      PET_MASTER_PORT: '31234',
      MASTER_ADDR: '10.0.0.1',
      MASTER_PORT: '31234',
      PYTHONUNBUFFERED: '1',
      TRAINYARD_JOB_ID: 'digits-abc123',
    });
    for (const rank of [0, 1, 2]) {
      expect(pick(envOf(job, 'setup.env', rank))).toEqual({
        ...everywhere(rank),
        SKYPILOT_SETUP_NODE_RANK: String(rank),
        SKYPILOT_SETUP_NODE_IPS: '10.0.0.1\n10.0.0.2\n10.0.0.3',
        SKYPILOT_SETUP_NUM_GPUS_PER_NODE: '2',
      });
      expect(pick(envOf(job, 'run.env', rank))).toEqual({
        ...everywhere(rank),
        SKYPILOT_NODE_RANK: String(rank),
        SKYPILOT_NODE_IPS: '10.0.0.1\n10.0.0.2\n10.0.0.3',
        SKYPILOT_NUM_GPUS_PER_NODE: '2',
        SKYPILOT_TASK_ID: 'digits-abc123',
        CUDA_VISIBLE_DEVICES: '0,1',
      });
      expect(readFileSync(job.path('workdir/run.env.cwd', rank), 'utf8').trim()).toBe(
        job.path('workdir', rank),
      );
      expect(readFileSync(job.path('workdir/run.env.stdin', rank), 'utf8')).toBe('');
    }
  });

  it('has working defaults: this machine, one process a node without GPUs', async (test) => {
    const job = new LaunchedJob(shell, { test, nodes: 2, run: dump('run.env'), name: 'digits-xyz789' });
    await job.run();
    expect(pick(envOf(job, 'run.env', 1))).toMatchObject({
      SKYPILOT_NODE_IPS: '127.0.0.1\n127.0.0.1',
      SKYPILOT_NUM_GPUS_PER_NODE: '0',
      SKYPILOT_TASK_ID: 'digits-xyz789',
      PET_NPROC_PER_NODE: '1',
      PET_MASTER_ADDR: '127.0.0.1',
      PET_MASTER_PORT: '29500',
    });
  });

  it('lets an env of the job file win over NODE_IPS, NUM_NODES and the master, and over nothing else', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: dump('run.env'),
      env: {
        SKYPILOT_NODE_IPS: '192.168.0.9',
        SKYPILOT_NUM_NODES: '7',
        SKYPILOT_NODE_RANK: '5',
        SKYPILOT_NUM_GPUS_PER_NODE: '8',
        MASTER_PORT: '1234',
      },
    });
    await job.run();
    expect(pick(envOf(job, 'run.env', 0))).toMatchObject({
      SKYPILOT_NODE_IPS: '192.168.0.9',
      SKYPILOT_NUM_NODES: '7',
      SKYPILOT_NODE_RANK: '0',
      SKYPILOT_NUM_GPUS_PER_NODE: '0',
      MASTER_PORT: '1234',
      PET_MASTER_PORT: '1234',
      PET_NNODES: '1',
    });
  });

  it('keeps every byte of a user value, and hands none of the launcher’s own settings on', async (test) => {
    const odd = ' a  b\n"c" \'d\' $(touch pwned) `touch pwned` \\n %s é \u0001 ';
    const job = new LaunchedJob(shell, { test, run: dump('run.env'), env: { ODD: odd, EMPTY: '' } });
    await job.run();
    const env = envOf(job, 'run.env', 0);
    expect(env.get('ODD')).toBe(odd);
    expect(env.get('EMPTY')).toBe('');
    expect([...env.keys()].filter((key) => key.startsWith('TRAINYARD_')).sort()).toEqual([
      'TRAINYARD_JOB_ID',
      'TRAINYARD_NODE_TOKEN',
    ]);
  });

  it('takes a hostile job id and hostile numbers for what they are: text, and no numbers', async (test) => {
    const id = '-n $(touch pwned) `touch pwned`; touch pwned #"\'\\\nx';
    const evil = 'x[$(touch pwned)]';
    const job = new LaunchedJob(shell, {
      test,
      run: `${dump('run.env')}; ls -A . ../../..; exit 4`,
      env: {
        TRAINYARD_JOB_ID: id,
        TRAINYARD_MAX_SECONDS: evil,
        TRAINYARD_MASTER_PORT: evil,
        TRAINYARD_IDLE_GPU_SECONDS: evil,
        TRAINYARD_GPUS_PER_NODE: '08',
      },
    });
    expect(await job.run()).toBe(4);
    expect(envOf(job, 'run.env', 0).get('TRAINYARD_JOB_ID')).toBe(id);
    expect(job.log()).not.toContain('pwned');
    expect(job.exit()).toMatchObject({ code: 4, reasonKind: 'exit' });
  });

  it('writes no value of an env into any file or argument list', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      setup: ':',
      run: 'echo ready; sleep 2.2; exit 1',
      env: { HF_TOKEN: 'hunter2-secret' },
    });
    const child = job.run();
    await job.said('ready');
    const lines = job.processes().map((pid) => LaunchedJob.command(pid));
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join('\n')).not.toContain('hunter2');
    await child;
    for (const file of ['log', 'telemetry', 'exit', 'pid']) expect(job.read(file)).not.toContain('hunter2');
  });

  it('leaves SIGINT to the job: a background shell would make it deaf', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: "sleep 20 & kill -INT $!; bash -c 'kill -INT $$; echo deaf'; exit 0",
    });
    await job.run();
    expect(job.log()).not.toContain('deaf');
  });
});
