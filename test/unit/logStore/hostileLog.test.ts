import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { longestRow } from '../../../src/core/logLine';
import { Disposables } from '../../../src/lib/disposables';
import { LogStore } from '../../../src/services/logStore/logStore';
import { workersFolder } from '../../fakes/workers';
import { LogFolder, until } from './logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

async function rowsOf(bytes: string | Uint8Array) {
  const folder = held.add(await LogFolder.make());
  await folder.write(bytes);
  folder.become('succeeded');
  const reader = held.add(await new LogStore(folder, folder.connections, workersFolder).open(folder.job, 0));
  await reader.settled();
  return { folder, reader, rows: await reader.lines(0, 1_000_000) };
}

test('a line of 64 MB is a row of 2,000 characters, and the rows around it are whole', async () => {
  const bytes = Buffer.concat([
    Buffer.from('before\n'),
    Buffer.alloc(1 << 26, 'x'),
    Buffer.from('\nafter\n'),
  ]);
  const { rows } = await rowsOf(bytes);
  expect(rows.map(({ text, truncated }) => [text.length, truncated])).toEqual([
    [6, false],
    [longestRow, true],
    [5, false],
  ]);
});

test('a progress bar of megabytes in one line shows what it shows now', async () => {
  const bars = Array.from({ length: 100_000 }, (_, i) => `\r ${i}|####`).join('');
  const { rows } = await rowsOf(`${bars}\ndone\n`);
  expect(rows.map(({ text, truncated }) => [text, truncated])).toEqual([
    [' 99999|####', false],
    ['done', false],
  ]);
});

test('a cut never halves a character', async () => {
  const { rows } = await rowsOf(`${'x'.repeat(longestRow - 1)}🙂y\n${'漢'.repeat(5000)}\n`);
  expect(rows[0]?.text).toBe('x'.repeat(longestRow - 1));
  expect(rows[1]?.text).toBe('漢'.repeat(longestRow));
  expect(rows.every(({ truncated }) => truncated)).toBe(true);
});

test('invalid UTF-8, NUL and binary bytes are rows like others, and raw gives every byte', async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256);
  const { folder, reader, rows } = await rowsOf(bytes);
  expect(rows).toHaveLength(reader.lineCount());
  expect(rows.length).toBe(Buffer.from(bytes).toString('latin1').split('\n').length);
  const raw: Uint8Array[] = [];
  const store = new LogStore(folder, folder.connections, workersFolder);
  for await (const chunk of store.raw(folder.job, 0, { follow: true }, new AbortController().signal))
    raw.push(chunk);
  expect(Buffer.concat(raw).equals(bytes)).toBe(true);
});

test('telemetry lines are told from lines that only look like them', async () => {
  const { rows } = await rowsOf(
    [
      '##trainyard {"kind":"phase","phase":"epoch 1"}',
      '##trainyard {"kind":"phase","ph',
      '##trainyard hello',
      'plain',
      '',
    ].join('\n'),
  );
  expect(rows.map(({ telemetry }) => telemetry)).toEqual([true, false, false, false]);
});

test('while a log grows in pieces cut anywhere, no line is lost, doubled or changed', async () => {
  const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', '\n', 'é', '\r', '漢'), maxLength: 8 }), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(pieces, async (parts) => {
      const folder = await LogFolder.make();
      const reader = await new LogStore(folder, folder.connections, workersFolder).open(folder.job, 0);
      const all = parts.join('');
      try {
        for (const part of parts) {
          await folder.write(Buffer.from(part));
          await reader.settled();
        }
        folder.become('succeeded');
        await until(reader, () => reader.ended);
        const lines = all.split('\n');
        if (lines.at(-1) === '') lines.pop();
        const shown = lines.map((line) => line.replace(/\r+$/, '').split('\r').at(-1));
        expect((await reader.lines(0, 1000)).map(({ text }) => text)).toEqual(shown);
      } finally {
        reader.dispose();
        folder.dispose();
      }
    }),
    { numRuns: 25 },
  );
});
