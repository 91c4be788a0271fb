import { expect, test } from 'vitest';
import type { Finding } from '../../../src/core/diagnosis/finding';
import { rightSize, type RunUse } from '../../../src/core/rightSize/rightSize';
import { rightSizeView } from '../../../src/ui/panels/runPanel/rightSizeView';

const now = Date.parse('2026-08-19T12:00:00Z');
const h100 = { node: 0, name: 'NVIDIA H100 80GB HBM3', memTotal: 85.5e9, used: true };
const use: RunUse = {
  nodes: 1,
  gpus: [{ ...h100, peakMemory: 9e9, p95: 6 }],
  duration: 7_200_000,
  cloud: 'aws',
  hourlyUsd: 6.88,
};
const inputBound: Finding = { kind: 'inputBound', severity: 'warning', title: '', evidence: [], advice: [] };
const view = (changed: Partial<RunUse> = {}, findings: readonly Finding[] = []) => {
  const all = { ...use, ...changed };
  return rightSizeView(rightSize(all), { nodes: all.nodes, findings, now });
};

test('a cheaper machine comes with its price, the age of that, and what it saves', () => {
  const cheaper = view();
  expect(cheaper?.title).toBe('g4dn.xlarge would do, for less');
  expect(cheaper?.facts).toEqual([
    { name: 'Peak GPU memory', value: '9.0 GB of 86 GB (11 %)' },
    { name: 'GPU use, p95', value: '6 %' },
  ]);
  expect(cheaper?.choices).toMatchObject([
    {
      machine: 'aws g4dn.xlarge',
      gpus: '1 × T4, 16 GB',
      price: '≈ $0.53/h, list price of us-east-1, 2026-07-20 (30 days old)',
      saves: 'saves ≈ $6.35/h, ≈ $12.71 for a run like this',
    },
  ]);
  expect(cheaper?.warnings).toEqual([]);
});

test('prices of several nodes are each one’s', () => {
  const gpus = [0, 1].map((node) => ({ ...h100, node, peakMemory: 9e9, p95: 6 }));
  expect(view({ nodes: 2, gpus, hourlyUsd: 13.76 })?.choices[0]?.price).toContain(
    '$0.53/h for each of 2 nodes',
  );
});

test('a GPU that was held up is said to be so', () => {
  expect(view({}, [inputBound])?.warnings).toEqual([
    'The GPU waited for input. Once that is mended it is used more, and the right size is another.',
  ]);
});

test('a machine that fits has no choices, and says where memory is short', () => {
  const fits = view({ gpus: [{ ...h100, peakMemory: 80e9, p95: 95 }] });
  expect(fits).toMatchObject({ title: 'H100 fits this run', choices: [], notes: [] });
  expect(fits?.warnings).toEqual(['Little memory is left: a larger batch or a longer sample may not fit.']);
});

test('without a price nothing is said to be saved', () => {
  const own = rightSize({ nodes: 1, gpus: use.gpus, duration: 1, hourlyUsd: 0 });
  const words = rightSizeView(own, { nodes: 1, findings: [], now });
  expect(words?.title).toBe('the least that would do');
  expect(JSON.stringify(words)).not.toContain('saves');
});

test('what ran out is what is needed more of', () => {
  expect(view({ outOfMemory: 'gpu' })?.title).toBe('more GPU memory than this H100 has');
  expect(view({ outOfMemory: 'machine' })?.title).toBe('more main memory than its machine has');
});

test('where nothing can be said, nothing is', () => {
  expect(view({ gpus: [] })).toBeUndefined();
});
