import { expect, it } from 'vitest';
import { ProviderError } from '../../../../src/core/errors';
import type { LogLine, LogSource } from '../../../../src/providers/aws/jobs/logs/logSource';
import { NodePhases } from '../../../../src/providers/aws/jobs/logs/nodePhases';

const never = new AbortController().signal;
const job = { TrainingJobName: 'digits-a1b2c3', CreationTime: new Date(1_000_000) } as never;

const line = (node: number, t: number, phase: string, state: string, epoch = 1): LogLine => ({
  logStreamName: `digits-a1b2c3/algo-${node + 1}-${epoch}`,
  timestamp: t,
  message: `##trainyard ${JSON.stringify({ v: 1, t, node, kind: 'phase', phase, state })}`,
});

class Lines implements LogSource {
  readonly lines: LogLine[] = [];
  readonly froms: number[] = [];
  problem: Error | undefined;

  async *pages({ from }: { readonly from: number }): AsyncGenerator<readonly LogLine[]> {
    this.froms.push(from);
    await Promise.resolve();
    if (this.problem) throw this.problem;
    yield this.lines.filter(({ timestamp = 0 }) => timestamp >= from);
  }
}

it('a node is in the phase that its launcher said last, whatever the order of the lines', async () => {
  let now = 2_000_000;
  const source = new Lines();
  const nodes = new NodePhases(source, () => now);
  const phases = async () => [...(await nodes.of(job, never))];
  expect(await phases()).toEqual([]);
  source.lines.push(
    line(0, 1_001_000, 'run', 'start'),
    line(0, 1_000_500, 'setup', 'start'),
    line(0, 1_001_000, 'setup', 'end'),
    line(1, 1_000_600, 'setup', 'start'),
    { ...line(1, 1_003_000, 'run', 'start'), message: 'kind phase state' },
  );
  // Asked again too soon.
  expect(await phases()).toEqual([]);
  now += 10_000;
  expect(await phases()).toEqual([
    [0, 'run'],
    [1, 'setup'],
  ]);
  expect(source.froms).toEqual([940_000, 940_000]);

  now += 10_000;
  source.lines.push(line(0, 1_090_000, 'run', 'end'), line(0, 1_090_000, 'collect', 'start'));
  const then: unknown = [
    [0, 'collect'],
    [1, 'setup'],
  ];
  expect(await phases()).toEqual(then);
  now += 10_000;
  source.problem = new ProviderError('throttled', 'Too often');
  expect(await phases()).toEqual(then);
  expect(source.froms.at(-1)).toBe(1_030_000);

  source.problem = undefined;
  now += 10_000;
  // Its machines were taken away, and it began again: of the container before nothing counts.
  source.lines.push(line(1, 1_200_000, 'setup', 'start', 2), line(1, 1_210_000, 'run', 'start', 1));
  expect(await phases()).toEqual(then);
});
