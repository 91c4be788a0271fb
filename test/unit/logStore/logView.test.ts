import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import { everyLine, type LineFilter } from '../../../src/core/lineClass';
import { Disposables } from '../../../src/lib/disposables';
import { saveLog } from '../../../src/services/logStore/logExport';
import { LogStore, type LogView } from '../../../src/services/logStore/logStore';
import { RowMatches } from '../../../src/services/logStore/rowMatches';
import { workersFolder } from '../../fakes/workers';
import { LogFolder } from './logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

async function logOf(
  nodes: readonly string[],
): Promise<{ folder: LogFolder; store: LogStore; view: LogView }> {
  const folder = held.add(await LogFolder.make(nodes.length));
  for (const [node, text] of nodes.entries()) await folder.write(text, node);
  const store = new LogStore(folder, folder.connections, workersFolder);
  const view = held.add(await store.openAll(folder.job));
  await view.settled();
  return { folder, store, view };
}

function places(view: LogView, filter: Partial<LineFilter>): number[] {
  const found: number[] = [];
  view.select({ ...everyLine, ...filter }, 0, view.lineCount(), (first, count) => {
    for (let i = 0; i < count; i++) found.push(first + i);
  });
  return found;
}

const texts = async (view: LogView, filter: Partial<LineFilter>) => {
  const all = await view.lines(0, view.lineCount());
  return places(view, filter).map((place) => all[place]?.text);
};

describe('a filter over the logs of several nodes', () => {
  test('lets lines through by level, rank and kind, torn ones included', async () => {
    const telemetry = '##trainyard {"v":1,"kind":"phase","phase":"epoch 1"}';
    const { view } = await logOf([
      `a\n[rank1]: INFO b\n${telemetry}\nERROR c`,
      '[rank3]: WARNING d\n[rank3]: e\n  f\n',
    ]);
    expect(await texts(view, { level: 'error' })).toEqual(['ERROR c']);
    expect(new Set(await texts(view, { level: 'warning' }))).toEqual(
      new Set(['[rank3]: WARNING d', 'ERROR c']),
    );
    expect(await texts(view, { rank: 3 })).toEqual(['[rank3]: WARNING d', '[rank3]: e']);
    expect(await texts(view, { telemetry: false })).not.toContain(telemetry);
    expect(view.summary).toMatchObject({ errors: 0, warnings: 1, ranks: [1, 3], setup: false });
  });

  test('tells what setup wrote from what run wrote, by the bytes that were there between them', async () => {
    const { folder, view } = await logOf(['pip 1\npip 2\nstep 1\nstep 2\n', 'pip 3\nstep 3\n']);
    for (const [node, bytes] of [12, 6].entries()) {
      await folder.telemetry({ kind: 'phase', phase: 'setup', state: 'start', t: 1000 }, node);
      await folder.telemetry({ kind: 'phase', phase: 'setup', state: 'end', t: 2000, logBytes: bytes }, node);
      await folder.telemetry({ kind: 'phase', phase: 'run', state: 'start', t: 2001 }, node);
    }
    folder.become('succeeded');
    await expect.poll(() => view.summary.setup && view.ended).toBe(true);
    await expect.poll(() => texts(view, { stream: 'setup' })).toHaveLength(3);
    expect(new Set(await texts(view, { stream: 'setup' }))).toEqual(new Set(['pip 1', 'pip 2', 'pip 3']));
    expect(new Set(await texts(view, { stream: 'run' }))).toEqual(new Set(['step 1', 'step 2', 'step 3']));
    expect(await texts(view, { stream: 'run', level: 'error' })).toEqual([]);
  });

  test('gives every place once, in order, whatever part is asked for', async () => {
    const lines = Array.from({ length: 300 }, (_, i) =>
      i % 7 === 0 ? 'ERROR x' : i % 3 === 0 ? 'WARN y' : 'z',
    );
    const { view } = await logOf([`${lines.join('\n')}\n`, `${lines.slice(9).join('\n')}\n`]);
    const all = places(view, { level: 'warning' });
    fc.assert(
      fc.property(fc.nat(700), fc.nat(700), (from, to) => {
        const found: number[] = [];
        view.select({ ...everyLine, level: 'warning' }, from, to, (first, count) => {
          for (let i = 0; i < count; i++) found.push(first + i);
        });
        expect(found).toEqual(all.filter((place) => place >= from && place < to));
      }),
    );
  });
});

test('lines are given as the job wrote them, whatever their bytes', async () => {
  const bytes = 'a\u001b[31mred\r\n\u0000\n\n';
  const torn = await logOf(['whole\n 10%\r 20%', 'other\n']);
  const live: Uint8Array[] = [];
  for await (const part of torn.view.bytes(2, 1)) live.push(part);
  expect(Buffer.concat(live).toString()).toBe(' 10%\r 20%');

  const { view } = await logOf([bytes, 'other\n']);
  const parts: Uint8Array[] = [];
  for await (const part of view.bytes(0, 100)) parts.push(part);
  const first = view.placeOf(0, 0) < view.placeOf(1, 0);
  expect(Buffer.concat(parts).toString()).toBe(first ? `${bytes}other\n` : `other\n${bytes}`);
});

describe('a log that is saved', () => {
  const ignore = () => undefined;

  test('is there whole, byte for byte', async () => {
    const text = 'é\r\0\u001b[1m\n'.repeat(100_000);
    const { folder, store } = await logOf([text]);
    const path = join(folder.folder('x'), '..', 'saved.log');
    let told = 0;
    await saveLog(
      store,
      folder.job,
      { node: 0, path },
      new AbortController().signal,
      (bytes) => (told = bytes),
    );
    expect((await readFile(path)).equals(Buffer.from(text))).toBe(true);
    expect(told).toBe(Buffer.byteLength(text));
  });

  test('is not there at all where it was cancelled or can’t be written', async () => {
    const { folder, store } = await logOf(['x\n'.repeat(1_000_000)]);
    const path = join(folder.folder('x'), '..', 'saved.log');
    const cancel = new AbortController();
    const saving = saveLog(store, folder.job, { node: 0, path }, cancel.signal, () => {
      cancel.abort();
    });
    await expect(saving).rejects.toBeInstanceOf(CancelledError);
    expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false]);
    const nowhere = { node: 0, path: join(path, 'below', 'a.log') };
    await expect(saveLog(store, folder.job, nowhere, new AbortController().signal, ignore)).rejects.toThrow(
      /ENOENT|ENOTDIR/,
    );
  });
});

describe('matches in the rows that are seen', () => {
  const inRows = (text: string, rows: readonly string[], regex = true) =>
    new RowMatches({ text, regex, caseSensitive: false }).in(rows);

  test('are where the query finds them', () => {
    expect(inRows('lo+s', ['Loss and loos', '', 'none'])).toEqual([
      [
        [0, 3],
        [9, 13],
      ],
      [],
      [],
    ]);
    expect(inRows('a*', ['baac'])).toEqual([[[1, 3]]]);
    expect(inRows('(', ['f(x)'], false)).toEqual([[[1, 2]]]);
  });

  test('are left out where a pattern would go back and forth for ever', () => {
    const matches = new RowMatches({ text: '^(a+)+$', regex: true, caseSensitive: true });
    const rows = ['aaa', `${'a'.repeat(60)}b`, 'aa'];
    expect(matches.in(rows)).toEqual([[[0, 3]]]);
    expect(matches.in(['aaa'])).toEqual([]);
  });
});
