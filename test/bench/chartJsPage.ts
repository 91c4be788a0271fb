import { build } from 'esbuild';
import { repository } from '../e2e/harness/workspace';

/** Chart.js as its documentation on performance advises: parsed data, no animation, decimated, no points. */
const script = `
import Chart from 'chart.js/auto';

globalThis.begin = (points, series, start) => {
  const datasets = Array.from({ length: series }, (_, line) => ({
    label: 'line ' + line,
    borderWidth: 1.5,
    data: Array.from({ length: points }, (_, i) => ({ x: start + i * 100, y: Math.exp(-i / points) + line / 10 + Math.random() / 20 })),
  }));
  const chart = new Chart(document.querySelector('canvas'), {
    type: 'line',
    data: { datasets },
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      spanGaps: true,
      responsive: false,
      pointRadius: 0,
      plugins: { decimation: { enabled: true, algorithm: 'min-max' } },
      scales: { x: { type: 'linear', ticks: { maxRotation: 0 } } },
    },
  });
  globalThis.updates = 0;
  let next = points;
  setInterval(() => {
    for (const { data } of datasets) data.push({ x: start + next * 100, y: Math.random() });
    next++;
    chart.update('none');
    globalThis.updates++;
  }, 100);
};
`;

/** A page with nothing but one chart of Chart.js, of our chart's size. */
export async function chartJsPage(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: repository },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    logLevel: 'error',
  });
  const code = outputFiles[0]?.text.replaceAll('</', '<\\/') ?? '';
  return `<!doctype html><canvas width="480" height="190"></canvas><script>${code}</script>`;
}
