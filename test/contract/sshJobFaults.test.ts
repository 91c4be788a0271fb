import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProviderError } from '../../src/core/errors';
import { hasEnded, type JobStatus } from '../../src/core/trainingJob';
import { sshMachine } from '../fakes/sshd/machine';
import { FaultProxy } from '../fakes/sshd/faultProxy';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { until } from '../fakes/until';
import { JobsUnderTest, never } from './jobsUnderTest';
import { harnessOf } from './sshHarness';
import type { SshMachine } from '../../src/providers/ssh/link/sshMachine';

const servers: SshdServer[] = [];
const proxies: FaultProxy[] = [];
const machines: SshMachine[] = [];

beforeAll(async () => {
  for (const address of ['127.0.0.1', '127.0.0.2']) {
    const server = await SshdServer.start({ address });
    servers.push(server);
    proxies.push(await FaultProxy.start(server));
  }
});
afterAll(async () => {
  for (const machine of machines) machine.dispose();
  for (const proxy of proxies) await proxy.stop();
  for (const server of servers) await server.stop();
});

/** Each time reached through the proxies, and quick to notice and to try again. */
const jobs = new JobsUnderTest(
  harnessOf('ssh/a,b', () =>
    servers.map((server, index) => {
      const alias = ['a', 'b'][index] ?? '';
      const port = proxies[index]?.port ?? 0;
      const times = { keepAlive: 300, connect: 2000, firstRetry: 20, lastRetry: 200 };
      const machine = sshMachine(server, alias, { hostName: '127.0.0.1', port }, times);
      machines.push(machine);
      return { alias, home: server.home, machine };
    }),
  ),
);

/** As those who keep a copy of a log do: they go on from where they were. */
async function wholeLog(
  job: { readonly id: string; readonly folder: string },
  node: number,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let from: string | undefined;
  for (;;) {
    try {
      const chunks = jobs.facet.logs(job.id, job.folder, { node, channel: 'log' }, from, never);
      for await (const { bytes, next } of chunks) {
        pieces.push(bytes);
        from = next;
      }
      return Buffer.concat(pieces);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'network') throw error;
    }
  }
}

test('a log of 100,000 lines comes whole and in order while the connection is cut again and again', async () => {
  const job = await jobs.prepare(
    'num_nodes: 2\nrun: |\n  for i in $(seq 0 99); do seq $((i * 1000 + 1)) $((i * 1000 + 1000)); sleep 0.04; done',
  );
  await job.submit();
  for (const proxy of proxies) proxy.cutEvery(500, 150);
  try {
    const lines = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join('');
    const [first, second] = await Promise.all([wholeLog(job, 0), wholeLog(job, 1)]);
    expect([first.toString() === lines, second.toString() === lines]).toEqual([true, true]);
    expect(Math.min(...proxies.map((proxy) => proxy.taken))).toBeGreaterThan(4);
  } finally {
    for (const proxy of proxies) await proxy.stopCutting();
  }
  expect((await jobs.end(job)).state).toBe('succeeded');
});

test('a job is never called ended because of the network: its watch says what it can’t reach, and goes on later', async () => {
  const job = await jobs.prepare('num_nodes: 2\nrun: |\n  while [ ! -e ~/go ]; do sleep 0.05; done');
  await job.submit();
  await proxies[1]?.refuse();
  proxies[1]?.reset();
  const seen: JobStatus[] = [];
  const watched = (async () => {
    for await (const status of jobs.facet.watch(job.id, job.folder, never)) seen.push(status);
  })();
  await expect(watched).rejects.toMatchObject({ kind: 'network' });
  expect(seen.filter(({ state }) => hasEnded(state))).toEqual([]);
  await expect(jobs.facet.status(job.id, job.folder, never)).rejects.toMatchObject({ kind: 'network' });
  await proxies[1]?.accept();
  for (const server of servers) await writeFile(join(server.home, 'go'), '');
  expect((await jobs.end(job)).state).toBe('succeeded');
});

test('a stop ends what can be reached and says what can’t; the rest is ended once it can be, because another node ended', async () => {
  const job = await jobs.prepare('num_nodes: 2\nrun: sleep 100');
  await job.submit();
  await proxies[1]?.refuse();
  proxies[1]?.reset();
  await expect(jobs.facet.stop(job.id, job.folder, 'why', never)).rejects.toMatchObject({
    kind: 'network',
    message: expect.stringContaining('but not on b') as string,
  });
  await proxies[1]?.accept();
  expect(await jobs.end(job)).toMatchObject({ state: 'stopped' });
  await jobs.nothingRuns();
});

test('a submit whose connection breaks anywhere leaves one job or none', async () => {
  const base = join(jobs.root, 'base');
  for (const [round, after] of [0, 20, 60, 120, 200, 300, 450].entries()) {
    const job = await jobs.prepare('num_nodes: 2\nworkdir: .\nrun: sleep 0.05');
    await writeFile(join(base, `part-${round}`), Buffer.alloc(3 << 20, round));
    const submitted = job.submit().then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ name: 'ProviderError' });
        return false;
      },
    );
    const cutting = setTimeout(() => {
      for (const proxy of proxies) proxy.reset();
    }, after);
    const result = await submitted;
    clearTimeout(cutting);
    const settled = await until('it is settled', async () => {
      const answer = await jobs.facet.settle(job.id, job.folder, never).catch(() => undefined);
      return answer === undefined ? undefined : { answer };
    });
    if (result) expect(settled.answer).toBe(true);
    if (settled.answer) expect((await jobs.end(job)).state).toBe('succeeded');
    else
      for (const [index, server] of servers.entries()) {
        const folder = join(server.home, '.trainyard/jobs', index === 0 ? job.id : `${job.id}.1`);
        expect((await readdir(folder).catch(() => ['claim'])).join()).toBe('claim');
      }
  }
  await jobs.nothingRuns();
});
