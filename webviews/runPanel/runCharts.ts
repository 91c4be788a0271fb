import { listCharts, readChart } from '../../src/protocol/runPanel';
import type { ChartSource } from '../shared/chartSource';
import { ask } from '../shared/host';
import { run } from './runModel';
import { marksOf, timeline } from './timelineFeed';

/** The charts of the job. */
export const runCharts: ChartSource = {
  list: () => ask(listCharts, undefined),
  read: (request) => ask(readChart, request),
  grew: run.metricsGrew,
  start: () => run.job?.startedAt ?? run.job?.createdAt ?? Infinity,
  hasNodes: () => (run.job?.nodes.length ?? 1) > 1,
  marks: () => marksOf(timeline.view),
  watchMarks: (listener) => timeline.watch(listener),
};
