import type { SeriesInfo } from '../../services/metrics/metrics';

/** What one wants to know at the end, best first; while a job runs the loss comes before them. */
const goodness = [
  /(^|[_/.])acc(uracy)?$/i,
  /(^|[_/.])f1$/i,
  /(^|[_/.])auc$/i,
  /(^|[_/.])(bleu|rouge\w*|map|iou|score|reward)$/i,
];
const losses = [/^loss$/i, /(^|[_/.])loss$/i, /(^|[_/.])(perplexity|ppl|error|mse|mae|rmse)$/i];

/** The one or two figures that say how a run goes, such as `loss 0.21` and `GPU 91 %`. */
export function headline(series: readonly SeriesInfo[], ended: boolean): readonly string[] {
  const own = series.filter(({ key, count }) => count > 0 && !/^(gpu|host)\./.test(key));
  const wanted = ended ? [...goodness, ...losses] : [...losses, ...goodness];
  const best = wanted.map((pattern) => own.find(({ key }) => pattern.test(key))).find(Boolean) ?? own[0];
  const gpus = ended ? [] : series.filter(({ key, count }) => count > 0 && /^gpu\.\d+\.util$/.test(key));
  const use = gpus.reduce((sum, gpu) => sum + gpu.last, 0) / gpus.length;
  return [
    ...(best ? [`${best.key} ${figure(best.last)}`] : []),
    ...(gpus.length > 0 ? [`GPU ${use.toFixed(0)} %`] : []),
  ];
}

/** Three significant digits, as a glance takes in. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(1)
    : String(Number(value.toPrecision(3)));
}
