/** Which way a metric gets better, as its name tells: losses and errors down, everything else up. */
export type MetricKind = 'loss' | 'score' | 'other';

export function metricKind(name: string): MetricKind {
  if (/loss|perplexity|\bppl\b|nll|error|wer\b/i.test(name)) return 'loss';
  if (/acc|f1|auc|iou|bleu|map\b|precision|recall|reward|score/i.test(name)) return 'score';
  return 'other';
}

/** Losses are looked at first, then scores, then the rest. */
export const metricPlace: Record<MetricKind, number> = { loss: 0, score: 1, other: 2 };

/** Whether a series is measured by the launcher, and is no metric of the training. */
export function isMachineSeries(key: string): boolean {
  return key.startsWith('host.') || /^gpu\.\d+\./.test(key);
}

/**
 * `train/loss`, `val_loss` and `loss` are one quantity on different data, and are compared with each other, so they
 * share a chart.
 */
export function splitName(key: string): { stem: string; split: string } {
  const words = 'train|training|val|valid|validation|test|eval';
  const before = new RegExp(`^(${words})[/_. -](.+)$`, 'i').exec(key);
  if (before?.[1] && before[2]) return { stem: before[2], split: before[1] };
  const after = new RegExp(`^(.+)[/_. -](${words})$`, 'i').exec(key);
  if (after?.[1] && after[2]) return { stem: after[1], split: after[2] };
  return { stem: key, split: '' };
}
