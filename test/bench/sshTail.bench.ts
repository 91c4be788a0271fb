import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SshTrainingJobs } from '../../src/providers/ssh/jobs/trainingJobs';
import { agreed, readJob } from '../fakes/jobSpec';
import { sshMachine } from '../fakes/sshd/machine';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { workplace } from '../fakes/workplace';
import { percentile } from './panelPage';
import type { Bench, Row } from './row';

const never = new AbortController().signal;
const seconds = 6;
const loads = [
  { nodes: 1, perSecond: 50 },
  { nodes: 1, perSecond: 2000 },
  { nodes: 8, perSecond: 2000 },
  { nodes: 32, perSecond: 2000 },
];

/** From a line's writing on the host to its arrival here, all nodes' logs and telemetry followed, over a real OpenSSH server on this computer. */
export const bench: Bench = async () => {
  const root = await mkdtemp(join(tmpdir(), 'trainyard-tail-'));
  const server = await SshdServer.start();
  const machine = sshMachine(server, 'a');
  const facet = new SshTrainingJobs(workplace(), 'ssh/a', [{ alias: 'a', machine }]);
  try {
    const rows: Row[] = [];
    for (const load of loads) rows.push(await measured(facet, root, load));
    return rows;
  } finally {
    machine.dispose();
    await server.stop();
    await rm(root, { recursive: true, force: true });
  }
};

const text = (nodes: number, perSecond: number) => `num_nodes: ${nodes}
resources: {infra: ssh/a}
run: |
  python3 -u - <<'PYTHON'
  import sys, time
  every = ${nodes / perSecond}
  start = time.time() + 2
  for i in range(int(${seconds} / every)):
      wait = start + i * every - time.time()
      if wait > 0: time.sleep(wait)
      sys.stdout.write("line %d written at %d\\n" % (i, time.time() * 1000))
      sys.stdout.flush()
  PYTHON
`;

async function measured(
  facet: SshTrainingJobs,
  root: string,
  { nodes, perSecond }: { readonly nodes: number; readonly perSecond: number },
): Promise<Row> {
  const id = `tail-${nodes}-${perSecond}`;
  const folder = join(root, id);
  await mkdir(folder);
  const { spec, secrets } = readJob(text(nodes, perSecond));
  const [offer] = await facet.plan(spec, never);
  if (!offer) throw new Error('No offer');
  const submission = { id, spec, secrets, folder, baseFolder: root, onProgress: () => undefined };
  await facet.submit(submission, await agreed(spec, offer), never);
  const delays: number[] = [];
  let lines = 0;
  const follow = async (node: number, channel: 'log' | 'telemetry') => {
    let rest = '';
    for await (const { bytes } of facet.logs(id, folder, { node, channel }, undefined, never)) {
      if (channel === 'telemetry') continue;
      const now = Date.now();
      const all = (rest + Buffer.from(bytes).toString()).split('\n');
      rest = all.pop() ?? '';
      lines += all.length;
      // The newest of each piece: what a person waits for.
      const at = Number(/written at (\d+)/.exec(all.at(-1) ?? '')?.[1]);
      if (at > 0) delays.push(now - at);
    }
  };
  const ranks = Array.from({ length: nodes }, (_, rank) => rank);
  await Promise.all(ranks.flatMap((node) => [follow(node, 'log'), follow(node, 'telemetry')]));
  const written = Math.floor(seconds / (nodes / perSecond)) * nodes;
  return {
    number: 5,
    metric: `tail delay over SSH, ${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${perSecond} lines/s: p95`,
    ours: percentile(delays, 0.95),
    unit: 'ms',
    peer: { name: 'SageMaker SDK asks each 10 s', value: 10_000 },
    target: { atMost: 150 },
    note: `p50 ${percentile(delays, 0.5).toFixed(0)} ms over ${delays.length} pieces; ${written - lines} of ${written} lines lost; ${nodes * 2} streams`,
  };
}
