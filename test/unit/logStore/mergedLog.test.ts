import { utimes } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { Disposables } from '../../../src/lib/disposables';
import { LogStore, type LogView } from '../../../src/services/logStore/logStore';
import { workersFolder } from '../../fakes/workers';
import { LogFolder, until } from './logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

async function opened(folder: LogFolder, nodes?: number[]): Promise<LogView> {
  const view = held.add(
    await new LogStore(folder, folder.connections, workersFolder).openAll(folder.job, nodes),
  );
  await view.settled();
  return view;
}

const shown = async (view: LogView, from = 0, count = 100) =>
  (await view.lines(from, count)).map(({ node, number, text }) => `${node}.${number} ${text}`);

test('what was there is in the order of the time marks, and what comes in the order of arrival', async () => {
  const folder = held.add(await LogFolder.make(2));
  await folder.write('a1\na2\na3\n', 0);
  await folder.write('b1\nb2\nb3\n', 1);
  await folder.telemetry({ kind: 'host', t: 1000, logBytes: 3 }, 0);
  await folder.telemetry({ kind: 'host', t: 2000, logBytes: 3 }, 1);
  await folder.telemetry({ kind: 'host', t: 3000, logBytes: 9 }, 0);
  await folder.telemetry({ kind: 'host', t: 4000, logBytes: 9 }, 1);
  const view = await opened(folder);
  const history = ['0.0 a1', '1.0 b1', '0.1 a2', '0.2 a3', '1.1 b2', '1.2 b3'];
  expect(await shown(view)).toEqual(history);
  await folder.write('b4\nb5', 1);
  await until(view, () => view.lineCount() === 8);
  await folder.write('a4\n', 0);
  await until(view, () => view.lineCount() === 9);
  // A line that is still being written stands behind all others.
  expect(await shown(view, 6)).toEqual(['1.3 b4', '0.3 a4', '1.4 b5']);
  expect([view.wholeCount(), view.lineCount()]).toEqual([8, 9]);
  await folder.write('!\nb6\n', 1);
  await until(view, () => view.lineCount() === 10);
  expect(await shown(view)).toEqual([...history, '1.3 b4', '0.3 a4', '1.4 b5!', '1.5 b6']);
  expect(await shown(view, 5, 3)).toEqual(['1.2 b3', '1.3 b4', '0.3 a4']);
  expect([view.placeOf(0, 3), view.placeOf(1, 4), view.placeOf(1, 99)]).toEqual([7, 8, 10]);
  folder.become('succeeded');
  await until(view, () => view.ended);
});

test('a log that is silent now stands where its last lines were written, not where its next mark is', async () => {
  const folder = held.add(await LogFolder.make(3));
  for (const [node, seconds] of [3, 1, 2].entries()) {
    await folder.write(`written at ${seconds}\n`, node);
    await utimes(folder.path(node), seconds, seconds);
    // The third has no mark yet.
    if (node < 2) await folder.telemetry({ kind: 'host', t: 9000 + node, logBytes: 13 }, node);
  }
  expect(await shown(await opened(folder))).toEqual([
    '1.0 written at 1',
    '2.0 written at 2',
    '0.0 written at 3',
  ]);
});

test('every line of every node is there once, also without any marks', async () => {
  const folder = held.add(await LogFolder.make(3));
  for (const node of [0, 1, 2])
    await folder.write(Array.from({ length: 50 }, (_, i) => `${i}\n`).join(''), node);
  const view = await opened(folder);
  const rows = await view.lines(0, 1000);
  expect(new Set(rows.map(({ node, number }) => `${node}.${number}`)).size).toBe(150);
  for (const node of [0, 1, 2]) {
    expect(rows.filter((row) => row.node === node).map(({ number }) => number)).toEqual([
      ...Array(50).keys(),
    ]);
  }
});

test('a filter shows only its nodes', async () => {
  const folder = held.add(await LogFolder.make(3));
  for (const node of [0, 1, 2]) await folder.write(`of ${node}\n`, node);
  expect(await shown(await opened(folder, [2]))).toEqual(['2.0 of 2']);
});
