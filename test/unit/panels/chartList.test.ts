import { describe, expect, test } from 'vitest';
import { splitName } from '../../../src/core/metricKind';
import { chartsOf } from '../../../src/ui/panels/chartList';
import type { SeriesRef } from '../../../src/ui/panels/chartList';

function series(key: string, node = 0, rank?: number): SeriesRef {
  const unit = key.startsWith('gpu.') || key === 'host.cpu' ? '%' : '';
  return { key, node, unit, count: 1, last: 1, ...(rank !== undefined && { rank }) };
}

function overview(...keys: string[]): string[] {
  const charts = chartsOf(keys.map((key) => series(key)));
  return charts
    .filter((chart) => chart.overview !== undefined)
    .sort((a, b) => (a.overview ?? 0) - (b.overview ?? 0))
    .map(({ title }) => title);
}

describe('the charts of a run', () => {
  test('training comes first with the loss, then GPUs by use and memory, then the host', () => {
    const keys = [
      'host.memUsed',
      'host.cpu',
      'gpu.0.power',
      'gpu.0.memUsed',
      'gpu.0.util',
      'lr',
      'accuracy',
      'loss',
    ];
    expect(chartsOf(keys.map((key) => series(key))).map(({ title }) => title)).toEqual([
      'loss',
      'accuracy',
      'lr',
      'GPU use',
      'GPU memory',
      'GPU power',
      'CPU',
      'Memory',
    ]);
  });

  test('one quantity on different data shares a chart', () => {
    expect(splitName('train/loss')).toEqual({ stem: 'loss', split: 'train' });
    expect(splitName('val_loss')).toEqual({ stem: 'loss', split: 'val' });
    expect(splitName('loss.eval')).toEqual({ stem: 'loss', split: 'eval' });
    expect(splitName('training')).toEqual({ stem: 'training', split: '' });
    expect(splitName('retrain_loss')).toEqual({ stem: 'retrain_loss', split: '' });
    const [chart, ...others] = chartsOf([series('train_loss'), series('val_loss')]);
    expect(others).toEqual([]);
    expect(chart?.members.map(({ label }) => label)).toEqual(['train', 'val']);
  });

  test('a line says what tells it from the others of its chart, and no more', () => {
    const labels = (all: SeriesRef[]) => chartsOf(all)[0]?.members.map(({ label }) => label);
    expect(labels([series('loss')])).toEqual(['loss']);
    expect(labels([series('loss', 0), series('loss', 1)])).toEqual(['node 0', 'node 1']);
    expect(labels([series('loss', 0, 0), series('loss', 0, 1)])).toEqual(['rank 0', 'rank 1']);
    expect(labels([series('gpu.0.util'), series('gpu.1.util')])).toEqual(['GPU 0', 'GPU 1']);
    expect(labels([series('gpu.0.util', 0), series('gpu.0.util', 1)])).toEqual([
      'GPU 0 · node 0',
      'GPU 0 · node 1',
    ]);
    expect(labels([series('host.diskRead'), series('host.diskWrite')])).toEqual(['read', 'write']);
    expect(labels([{ ...series('gpu.0.util'), of: 4 }])).toEqual(['mean of 4 GPUs']);
    expect(labels([0, 1].map((node) => ({ ...series('gpu.0.util', node), of: 8 })))).toEqual([
      'mean of 8 GPUs · node 0',
      'mean of 8 GPUs · node 1',
    ]);
  });

  test('a node has the same colour in each chart that has one line a node', () => {
    const charts = chartsOf([series('host.cpu', 0), series('host.cpu', 3), series('loss', 3)]);
    expect(charts.map(({ members }) => members.map(({ colour }) => colour))).toEqual([[3], [0, 3]]);
  });

  test('the overview has the best of each kind before the second of one, and the machine', () => {
    expect(overview('lr', 'loss', 'box_loss', 'accuracy', 'gpu.0.util', 'gpu.0.memUsed', 'host.cpu')).toEqual(
      ['loss', 'accuracy', 'GPU use', 'GPU memory'],
    );
  });

  test('the overview of a machine without GPUs shows its CPU and memory', () => {
    expect(overview('loss', 'host.cpu', 'host.memUsed', 'host.netIn')).toEqual(['loss', 'CPU', 'Memory']);
  });

  test('a metric with a name of the language itself is a metric like any other', () => {
    const titles = ['__proto__', 'constructor', 'host.toString', 'gpu.0.constructor'].map(
      (key) => chartsOf([series(key)])[0]?.title,
    );
    expect(titles).toEqual(['__proto__', 'constructor', 'toString', 'GPU constructor']);
  });

  test('a limit is the end of the scale only where it is known', () => {
    const [gpu, host] = chartsOf([series('gpu.0.memUsed'), series('host.memUsed')], {
      'gpu.*.memUsed': 40e9,
      'host:Memory': 0,
    });
    expect(gpu?.limit).toBe(40e9);
    expect(host).not.toHaveProperty('limit');
  });
});
