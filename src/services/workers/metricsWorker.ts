import { workerPort } from '../../node/workerPort';
import type { FromMetrics, ToMetrics } from './metricMessages';
import { WorkedRun } from './workedRun';

/** The program of the metrics thread: reads what jobs measure, for `MetricThread`. */
const port = workerPort<ToMetrics, FromMetrics>();
const runs = new Map<number, WorkedRun>();

port.onMessage((message) => {
  const run = runs.get(message.run);
  switch (message.kind) {
    case 'open':
      runs.set(
        message.run,
        new WorkedRun(message, Date.now, (told, transfer) => {
          port.post(told, transfer);
        }),
      );
      break;
    case 'stir':
      run?.stir(message.node, message.channel, message.over);
      break;
    case 'settle':
      void run?.settle(message.ticket);
      break;
    case 'taken':
      run?.taken();
      break;
    case 'close':
      run?.dispose();
      runs.delete(message.run);
      break;
  }
});
