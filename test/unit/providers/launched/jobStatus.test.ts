import { expect, test } from 'vitest';
import type { ExitRecord } from '../../../../src/core/telemetry';
import { statusOf, type NodeFacts } from '../../../../src/providers/launched/jobStatus';

const running = (rank: number, phase = 'run'): NodeFacts => ({ rank, launched: true, phase });
const ended = (rank: number, exit: Partial<ExitRecord>): NodeFacts => ({
  rank,
  launched: true,
  exit: { kind: 'exit', t: 100, code: 0, reason: 'run finished', reasonKind: 'exit', ...exit },
});
const status = (nodes: NodeFacts[], stopAsked = false) => statusOf({ startedAt: 10, stopAsked, nodes });

test.each<[string, NodeFacts[], boolean, string, string[]]>([
  ['nothing yet', [], false, 'starting', []],
  ['not launched', [{ rank: 0, launched: false }], false, 'starting', ['starting']],
  [
    'one of two launched',
    [running(0), { rank: 1, launched: false }],
    false,
    'running',
    ['running', 'starting'],
  ],
  ['asked to stop', [running(0)], true, 'stopping', ['stopping']],
  ['one done, one not', [ended(0, {}), running(1)], false, 'running', ['succeeded', 'running']],
  ['one failed, one not', [ended(0, { code: 1 }), running(1)], false, 'stopping', ['failed', 'running']],
  ['all done', [ended(0, {}), ended(1, {})], false, 'succeeded', ['succeeded', 'succeeded']],
  ['failed', [ended(0, { code: 3 })], false, 'failed', ['failed']],
  ['setup failed', [ended(0, { code: 3, reasonKind: 'setup' })], false, 'failed', ['failed']],
  ['lost', [ended(0, { reasonKind: 'lost' })], false, 'failed', ['failed']],
  ['stopped though run said 0', [ended(0, { reasonKind: 'stopped' })], true, 'stopped', ['stopped']],
  ['max_duration', [ended(0, { code: 143, reasonKind: 'max_duration' })], false, 'stopped', ['stopped']],
  ['idle_gpu', [ended(0, { code: 143, reasonKind: 'idle_gpu' })], false, 'stopped', ['stopped']],
  ['peer', [ended(0, { code: 1 }), ended(1, { reasonKind: 'peer' })], false, 'failed', ['failed', 'stopped']],
  ['a word of a newer launcher', [ended(0, { reasonKind: 'novel' })], false, 'succeeded', ['succeeded']],
  ['such a word and a code', [ended(0, { reasonKind: 'novel', code: 1 })], false, 'failed', ['failed']],
  ['a word of the language', [ended(0, { reasonKind: 'toString' })], false, 'succeeded', ['succeeded']],
])('%s', (_, nodes, stopAsked, state, states) => {
  const found = status(nodes, stopAsked);
  expect([found.state, found.nodes.map((node) => node.state)]).toEqual([state, states]);
});

test('the first node that failed decides, not the ones that were ended for it', () => {
  const found = status([
    ended(0, { t: 300, code: 143, signal: 'SIGTERM', reasonKind: 'peer', reason: 'node 2 failed first' }),
    ended(1, { t: 200, code: 5, reason: 'run exited with code 5' }),
    ended(2, { t: 100, code: 137, signal: 'SIGKILL', reason: 'run was killed by SIGKILL' }),
  ]);
  expect(found).toMatchObject({
    state: 'failed',
    startedAt: 10,
    endedAt: 300,
    exit: { node: 2, signal: 'SIGKILL', reason: 'run was killed by SIGKILL' },
  });
  expect(found.exit).not.toHaveProperty('code');
});
