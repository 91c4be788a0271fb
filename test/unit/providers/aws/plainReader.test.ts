import { expect, test } from 'vitest';
import type { LogChunk } from '../../../../src/core/provider';
import type { LogLine } from '../../../../src/providers/aws/jobs/logs/logSource';
import { PlainReader } from '../../../../src/providers/aws/jobs/logs/plainReader';

const stream = { name: 'job/algo-1-7', node: 0, epoch: 7 };

/** `3a` is the line `a` of the second 3; its event's id is the text. */
function line(text: string): LogLine {
  return { eventId: text.padStart(56, '3'), timestamp: 1000 * parseInt(text), message: text };
}

/** Reads what CloudWatch shows in one look, in the order of the lines' times; what was taken of it. */
function look(reader: PlainReader, ...texts: readonly string[]): string[] {
  const lines = texts.map(line).filter(({ timestamp = 0 }) => timestamp >= reader.since);
  lines.sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
  const taken = lines.filter((one) => reader.take(stream, one)).map(({ message = '' }) => message);
  reader.looked();
  return taken;
}

async function chunksOf(reader: PlainReader): Promise<LogChunk[]> {
  reader.end();
  const chunks: LogChunk[] = [];
  for (let chunk = await reader.next(); chunk; chunk = await reader.next()) chunks.push(chunk);
  return chunks;
}

async function tokenOf(reader: PlainReader): Promise<string> {
  return (await chunksOf(reader)).at(-1)?.next ?? '';
}

test('each line is given once, in the order in which it came, with its time to the second', async () => {
  const reader = new PlainReader(0, undefined);
  look(reader, '1a', '1b', '2a');
  look(reader, '1a', '1b', '2a');
  // Late ones stand where they came.
  look(reader, '1c', '1a', '1b', '2a', '3a');
  look(reader);
  const chunks = await chunksOf(reader);
  expect(chunks.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['1a\n1b\n2a\n', '1c\n3a\n']);
  expect(chunks.map(({ times }) => times)).toEqual([
    [
      { bytes: 6, t: 1000 },
      { bytes: 9, t: 2000 },
    ],
    [
      { bytes: 3, t: 1000 },
      { bytes: 6, t: 3000 },
    ],
  ]);
});

test('a line that is minutes late is looked for only now and then, and found', () => {
  const reader = new PlainReader(0, undefined);
  look(reader, '1a', '40a');
  expect(look(reader, '1a', '20late', '40a')).toEqual([]);
  reader.behind = true;
  expect(look(reader, '1a', '20late', '40a')).toEqual(['20late']);
  look(reader, '100a');
  reader.behind = true;
  expect(look(reader, '1a', '20late', '39older', '40a', '100a')).toEqual([]);
});

test('who goes on by the token has what came late meanwhile, and nothing twice', async () => {
  const before = new PlainReader(0, undefined);
  look(before, '1a', '5a', '5b');
  const after = new PlainReader(0, await tokenOf(before));
  expect(look(after, '1a', '2late', '5a', '5b', '5c', '6a')).toEqual(['2late', '5c', '6a']);
  const last = new PlainReader(0, await tokenOf(after));
  expect(look(last, '1a', '1late', '2late', '5a', '5b', '5c', '6a')).toEqual(['1late']);
  // Of another container's start it takes nothing.
  expect(last.take({ ...stream, epoch: 8 }, line('9a'))).toBe(false);
});

test('a token of an earlier version counts the lines of its time', () => {
  const reader = new PlainReader(0, '7:5000:2');
  expect(look(reader, '4late', '5a', '5b', '5c', '6a')).toEqual(['5c', '6a']);
  expect(look(reader, '5a', '5b', '5c', '6a', '7a')).toEqual(['7a']);
});

test('where very many lines have one time they are counted, and the token stays short', async () => {
  const all = Array.from({ length: 12_000 }, (_, i) => `5 ${i}`);
  const before = new PlainReader(0, undefined);
  look(before, '4a', ...all.slice(0, 11_000));
  expect(look(before, '4a', ...all.slice(0, 11_500))).toHaveLength(500);
  const token = await tokenOf(before);
  expect(token).toBe('7:5000:11500');
  const after = new PlainReader(0, token);
  expect(look(after, '4a', ...all, '6a')).toEqual([...all.slice(11_500), '6a']);
  expect((await tokenOf(after)).length).toBeLessThan(100_000);
});

test('a token names at most some thousand lines of the last minute', async () => {
  const all = Array.from({ length: 9000 }, (_, i) => `${10 + Math.floor(i / 100)} ${i}`);
  const reader = new PlainReader(0, undefined);
  look(reader, ...all);
  const token = await tokenOf(reader);
  expect(token.length).toBeLessThan(80_000);
  const after = new PlainReader(0, token);
  expect(look(after, ...all, '99late')).toEqual(['99late']);
});

test('a line for which there is no room now is taken later', async () => {
  const reader = new PlainReader(0, undefined);
  const big = { message: 'x'.repeat(9 << 20), timestamp: 1000, eventId: '1' };
  expect(reader.take(stream, big)).toBe(true);
  reader.flush();
  expect(reader.take(stream, line('2a'))).toBe(false);
  expect(reader.full).toBe(true);
  reader.looked();
  expect((await reader.next())?.bytes.length).toBe((9 << 20) + 1);
  expect(look(reader, '2a', '3a')).toEqual(['2a', '3a']);
});

test.each(['x', '1:2', '1:2:3:!', '7:5000:0:a.b.c', '7:5000:0:abc', `7:5000:0:${'z'.repeat(12)}.1`])(
  'what is no token is refused: %s',
  (token) => {
    expect(() => new PlainReader(0, token)).toThrow('This is no');
  },
);
