import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CancelledError, ProviderError } from '../../src/core/errors';
import { hasEnded } from '../../src/core/trainingJob';
import { until } from '../fakes/until';
import { JobsUnderTest, never, type Harness } from './jobsUnderTest';
import { logsContract } from './logs.contract';

/** What every provider with the facet `trainingJobs` promises. */
export function trainingJobsContract(harness: Harness): void {
  const jobs = new JobsUnderTest(harness);

  logsContract(jobs);

  test('a plan names the connection, all nodes and a price, and starts nothing', async () => {
    const job = await jobs.prepare('num_nodes: 2\nrun: sleep 100');
    const [offer] = await jobs.facet.plan(job.spec, never);
    expect(offer).toMatchObject({ connection: jobs.connection.id, nodes: 2, possible: true });
    expect(offer?.hourlyUsd === null || (offer?.hourlyUsd ?? -1) >= 0).toBe(true);
    expect(await readdir(job.folder)).toEqual([]);
    await jobs.nothingRuns();
  });

  test('a job succeeds: setup runs before run, each byte of its log comes once, on both channels', async () => {
    const job = await jobs.run('setup: echo one\nrun: |\n  echo two\n  echo three >&2');
    expect(job.end).toMatchObject({ state: 'succeeded', exit: { code: 0 } });
    expect(job.end.endedAt).toBeGreaterThanOrEqual(job.end.startedAt ?? Infinity);
    expect((await jobs.log(job)).toString()).toBe('one\ntwo\nthree\n');
    const phases = (await jobs.log(job, 0, 'telemetry')).toString().match(/"phase":"\w+","state":"\w+"/g);
    expect(phases?.map((phase) => phase.replaceAll(/"phase":|"state":|"/g, ''))).toEqual([
      'setup,start',
      'setup,end',
      'run,start',
      'run,end',
    ]);
  });

  test('what its machine does is told while it runs', async () => {
    const job = await jobs.prepare('run: while :; do sleep 1; done');
    await job.submit();
    await jobs.wrote(job, '"kind":"host","cpu":', 'telemetry');
    await jobs.facet.stop(job.id, job.folder, 'It was told.', never);
    expect((await jobs.end(job)).state).toBe('stopped');
  });

  test('each node has its rank and the same view of the others, in the names of SkyPilot and torchrun', async () => {
    const names =
      'SKYPILOT_NUM_NODES PET_NNODES SKYPILOT_NODE_RANK PET_NODE_RANK PET_NPROC_PER_NODE PET_MASTER_ADDR PET_MASTER_PORT MASTER_ADDR MASTER_PORT SKYPILOT_NUM_GPUS_PER_NODE SKYPILOT_TASK_ID';
    const job = await jobs.run(
      `num_nodes: 3\nrun: |\n  for name in ${names}; do eval "echo $name=\\$$name"; done\n  echo "ips=$(echo "$SKYPILOT_NODE_IPS" | wc -l)"`,
    );
    expect(job.end).toMatchObject({ state: 'succeeded', nodes: [{ rank: 0 }, { rank: 1 }, { rank: 2 }] });
    const views = await Promise.all(
      [0, 1, 2].map(async (rank) => {
        const lines = (await jobs.log(job, rank)).toString().trim().split('\n');
        return Object.fromEntries(lines.map((line) => line.split('=')) as [string, string][]);
      }),
    );
    views.forEach((view, rank) => {
      expect(view).toMatchObject({
        SKYPILOT_NUM_NODES: '3',
        PET_NNODES: '3',
        SKYPILOT_NODE_RANK: String(rank),
        PET_NODE_RANK: String(rank),
        PET_NPROC_PER_NODE: '1',
        SKYPILOT_NUM_GPUS_PER_NODE: '0',
        SKYPILOT_TASK_ID: job.id,
        ips: '3',
      });
      expect(view.MASTER_PORT).toMatch(/^\d{4,5}$/);
      for (const shared of ['MASTER_ADDR', 'MASTER_PORT']) {
        expect(view[shared]).toBe(views[0]?.[shared]);
        expect(view[`PET_${shared}`]).toBe(view[shared]);
      }
    });
  });

  test('envs and secrets reach setup and run with every character', async () => {
    const value = `'"\`$HOME \\ ; rm -rf & | * ? é 日本 %s #`;
    const job = await jobs.run(
      `envs:\n  ODD: ${JSON.stringify(`${value}\n two`)}\n  EMPTY: ''\nsecrets:\n  KEY: ${JSON.stringify(value)}\nsetup: printf '%s|' "$ODD" "$KEY"\nrun: printf '%s|' "$ODD" "$EMPTY" "$KEY"`,
    );
    const odd = `${value}\n two`;
    expect((await jobs.log(job)).toString()).toBe(`${odd}|${value}|${odd}||${value}|`);
  });

  test('when one node fails the others are ended, and the job says which node failed and how', async () => {
    const job = await jobs.run(
      'num_nodes: 3\nrun: |\n  if [ "$SKYPILOT_NODE_RANK" = 1 ]; then exit 7; fi\n  sleep 100',
    );
    expect(job.end).toMatchObject({ state: 'failed', exit: { node: 1, code: 7 } });
    expect(job.end.nodes.map((node) => node.state)).toEqual(['stopped', 'failed', 'stopped']);
    await jobs.nothingRuns();
  });

  test('a setup that fails fails the job, and run never runs', async () => {
    const job = await jobs.run('setup: exit 4\nrun: echo ran');
    expect(job.end).toMatchObject({ state: 'failed', exit: { code: 4 } });
    expect(job.end.exit?.reason).toContain('setup');
    expect((await jobs.log(job)).toString()).toBe('');
  });

  test('a job that a signal ended says which', async () => {
    const job = await jobs.run('run: kill -KILL $$');
    expect(job.end).toMatchObject({ state: 'failed', exit: { signal: 'SIGKILL' } });
  });

  test('max_duration stops the job with its reason', async () => {
    const job = await jobs.run('run: sleep 100\ntrainyard: {guardrails: {max_duration: 1s}}');
    expect(job.end.state).toBe('stopped');
    expect(job.end.exit?.reason).toContain('max_duration');
    await jobs.nothingRuns();
  });

  test('a stop gives run its chance, ends every process with its grandchildren, and keeps the reason', async () => {
    const job = await jobs.prepare(
      `run: |
  trap 'echo saved; exit 0' TERM
  setsid sh -c 'sleep 100 & sleep 100' &
  (sleep 100 &)
  nohup sleep 100 >/dev/null 2>&1 &
  echo ready
  while :; do sleep 0.05; done`,
    );
    await job.submit();
    const seen = jobs.log(job);
    await until('the job is up', async () => (await jobs.processes()).length >= 6 || undefined);
    await jobs.wrote(job, 'ready');
    await jobs.facet.stop(job.id, job.folder, 'Enough for today.', never);
    expect(await jobs.end(job)).toMatchObject({ state: 'stopped', exit: { reason: 'Enough for today.' } });
    // bash itself may remark that its children were terminated.
    expect((await seen).toString()).toMatch(/^ready\n(?:.*\n)*saved\n$/);
    await jobs.nothingRuns();
  });

  test('a stop while the nodes come up leaves nothing running', async () => {
    const job = await jobs.prepare('num_nodes: 3\nrun: sleep 100');
    await job.submit();
    await jobs.facet.stop(job.id, job.folder, 'At once.', never);
    expect(await jobs.end(job)).toMatchObject({ state: 'stopped' });
    await jobs.nothingRuns();
  });

  test('a second stop, and a stop of a job that has ended, change nothing', async () => {
    const job = await jobs.prepare(
      `run: |\n  trap 'sleep 0.3; exit 0' TERM\n  echo up\n  while :; do sleep 0.05; done`,
    );
    await job.submit();
    await jobs.wrote(job, 'up');
    await jobs.facet.stop(job.id, job.folder, 'first', never);
    await jobs.facet.stop(job.id, job.folder, 'second', never);
    const ended = await jobs.end(job);
    expect(ended).toMatchObject({ state: 'stopped', exit: { reason: 'first' } });
    await jobs.facet.stop(job.id, job.folder, 'third', never);
    expect(await jobs.facet.status(job.id, job.folder, never)).toEqual(ended);
  });

  test('submitting an id twice makes one job', async () => {
    const job = await jobs.prepare('run: |\n  echo once\n  sleep 0.2');
    await job.submit();
    await job.submit();
    await jobs.end(job);
    await job.submit();
    expect((await jobs.log(job)).toString()).toBe('once\n');
  });

  test('a submission that was cut off settles: a job that exists is confirmed, one that does not never will', async () => {
    const exists = await jobs.prepare('run: sleep 0.1');
    await exists.submit();
    expect(await jobs.facet.settle(exists.id, exists.folder, never)).toBe(true);
    expect(await jobs.end(exists)).toMatchObject({ state: 'succeeded' });

    const absent = await jobs.prepare('run: echo ran');
    expect(await jobs.facet.settle(absent.id, absent.folder, never)).toBe(false);
    await expect(absent.submit()).rejects.toBeInstanceOf(ProviderError);
    expect(await jobs.facet.settle(absent.id, absent.folder, never)).toBe(false);
    await jobs.nothingRuns();
  });

  test('settling while the job is being submitted gives both sides the same answer', async () => {
    for (let round = 0; round < 10; round += 1) {
      const job = await jobs.prepare('run: sleep 0.05');
      const submitted = job.submit().then(
        () => true,
        () => false,
      );
      await until('something happens', async () => (await readdir(job.folder)).length > round % 4);
      const settled = await jobs.facet.settle(job.id, job.folder, never);
      expect(await submitted).toBe(settled);
      if (settled) await jobs.end(job);
    }
    await jobs.nothingRuns();
  });

  test('a watch tells each status once, in an order that makes sense, and ends with the end', async () => {
    const job = await jobs.prepare('num_nodes: 2\nsetup: sleep 0.2\nrun: sleep 0.2');
    await job.submit();
    const texts: string[] = [];
    const states: string[] = [];
    for await (const status of jobs.facet.watch(job.id, job.folder, never)) {
      texts.push(JSON.stringify(status));
      if (states.at(-1) !== status.state) states.push(status.state);
    }
    expect(new Set(texts).size).toBe(texts.length);
    expect(['starting', 'running', 'succeeded'].filter((state) => states.includes(state))).toEqual(states);
    expect(states.at(-1)).toBe('succeeded');
    expect(texts.at(-1)).toBe(JSON.stringify(await jobs.facet.status(job.id, job.folder, never)));
  });

  test('a watch and a log that nobody wants any more end at once, and the job goes on', async () => {
    const job = await jobs.prepare('run: sleep 0.5');
    await job.submit();
    const leaving = new AbortController();
    const watching = (async () => {
      for await (const { state } of jobs.facet.watch(job.id, job.folder, leaving.signal))
        if (hasEnded(state)) return state;
      return 'left';
    })().catch((error: unknown) => error);
    const reading = (async () => {
      let read = 0;
      const stream = { node: 0, channel: 'log' } as const;
      for await (const chunk of jobs.facet.logs(job.id, job.folder, stream, undefined, leaving.signal))
        read += chunk.bytes.length;
      return read === 0 ? 'left' : 'more than nothing';
    })().catch((error: unknown) => error);
    leaving.abort();
    for (const left of [await watching, await reading]) {
      expect(left === undefined || left === 'left' || left instanceof CancelledError).toBe(true);
    }
    expect(await jobs.end(job)).toMatchObject({ state: 'succeeded' });
  });

  test('a submit that is cancelled leaves no process, and can never become a job', async () => {
    for (const pieces of [0, 1, 3, 4]) {
      const job = await jobs.prepare('run: echo ran');
      const cancel = new AbortController();
      if (pieces === 0) cancel.abort();
      const submitted = job.submit(cancel.signal).then(
        () => 'submitted',
        (error: unknown) => error,
      );
      await until('it is under way', async () => (await readdir(job.folder)).length >= pieces);
      cancel.abort();
      const result = await submitted;
      const settled = await jobs.facet.settle(job.id, job.folder, never);
      if (settled) expect(result).toBe('submitted');
      else expect(result).toBeInstanceOf(CancelledError);
      if (settled) await jobs.end(job);
    }
    await jobs.nothingRuns();
  });

  test('an id that nobody knows is notFound, everywhere', async () => {
    const { id, folder } = await jobs.prepare('run: echo');
    const asked = [
      () => jobs.facet.status(id, folder, never),
      () => jobs.facet.stop(id, folder, 'why', never),
      () => jobs.facet.outputs(id, folder, never),
      () => jobs.log({ id, folder }),
      () => jobs.end({ id, folder }),
    ];
    for (const ask of asked)
      await expect(ask()).rejects.toMatchObject({ name: 'ProviderError', kind: 'notFound' });
  });

  test('secrets are in the environment of setup and run, and nowhere on the disk or in an argument list', async () => {
    const secret = `s3cr3t-${randomBytes(12).toString('hex')}`;
    const job = await jobs.prepare(
      `secrets: {TOKEN: ${secret}}\nsetup: test -n "$TOKEN"\nrun: |\n  echo "length \${#TOKEN}"\n  sleep 0.5`,
    );
    await job.submit();
    await jobs.wrote(job, 'length');
    // Not toContain: a failure must not print everybody's arguments.
    expect((await jobs.harness.commandLines()).includes(secret)).toBe(false);
    await jobs.end(job);
    expect((await jobs.log(job)).toString()).toBe(`length ${secret.length}\n`);
    for (const file of await filesIn(jobs.root))
      expect(await readFile(file, 'latin1'), file).not.toContain(secret);
  });

  test('outputs are listed by name with their files, and only what was asked for', async () => {
    const job = await jobs.run(
      `num_nodes: 2
run: |
  mkdir -p out/deep other
  echo "from $SKYPILOT_NODE_RANK" > out/deep/a.txt
  echo x > "out/name with spaces"
  ln -s /etc/passwd out/link
trainyard: {outputs: {model: ./out}}`,
    );
    const found = await jobs.facet.outputs(job.id, job.folder, never);
    expect(found.map(({ name, files }) => ({ name, files }))).toEqual(
      ['model', 'node-1/model'].map((name) => ({
        name,
        files: [
          { path: 'deep/a.txt', bytes: 7 },
          { path: 'name with spaces', bytes: 2 },
        ],
      })),
    );
    const [model] = found;
    if (model?.folder !== undefined)
      expect(await readFile(join(model.folder, 'deep', 'a.txt'), 'utf8')).toBe('from 0\n');
  });

  test('a job without outputs has none', async () => {
    const job = await jobs.run('run: echo');
    expect(await jobs.facet.outputs(job.id, job.folder, never)).toEqual([]);
  });

  test('what a plain job asks for is honoured', async () => {
    const { spec } = await jobs.prepare('name: plain\nnum_nodes: 2\nsetup: echo\nrun: echo\nenvs: {A: b}');
    expect(jobs.facet.unsupported(spec)).toEqual([]);
  });
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
