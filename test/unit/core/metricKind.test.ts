import { expect, test } from 'vitest';
import { isMachineSeries, metricKind } from '../../../src/core/metricKind';

test.each([
  ['loss', 'loss'],
  ['val_loss', 'loss'],
  ['perplexity', 'loss'],
  ['wer', 'loss'],
  ['error_rate', 'loss'],
  ['accuracy', 'score'],
  ['eval/f1', 'score'],
  ['mean_reward', 'score'],
  ['lr', 'other'],
  ['tokens_per_s', 'other'],
] as const)('%s is a %s', (name, kind) => {
  expect(metricKind(name)).toBe(kind);
});

test('what the launcher measures is told from what the training does', () => {
  expect(['gpu.0.util', 'host.cpu', 'host.core.3'].every(isMachineSeries)).toBe(true);
  expect(['loss', 'gpu_hours', 'gpu.time', 'hostility'].some(isMachineSeries)).toBe(false);
});
