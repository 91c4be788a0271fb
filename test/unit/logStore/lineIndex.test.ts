import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineIndex } from '../../../src/services/logStore/lineIndex';
import { LineScanner } from '../../../src/services/logStore/lineScanner';
import { WholeLines } from '../../../src/services/logStore/wholeLines';

/** Mostly line ends, so that empty lines and cuts beside them come often. */
const bytes = fc.array(fc.oneof(fc.constantFrom(10, 10, 13, 97, 255, 0), fc.nat(255)), { maxLength: 200 });
const cuts = fc.array(fc.nat(30), { maxLength: 40 });

function cut(all: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const size of sizes) {
    chunks.push(all.subarray(from, from + size));
    from += Math.min(size, all.length - from);
  }
  return [...chunks, all.subarray(from)];
}

function naive(all: Uint8Array): string[] {
  const lines = Buffer.from(all).toString('latin1').split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

test('the index agrees with a naive split for any bytes in any chunks', () => {
  fc.assert(
    fc.property(bytes, cuts, (values, sizes) => {
      const all = Uint8Array.from(values);
      const index = new LineIndex();
      const scanner = new LineScanner();
      for (const chunk of cut(all, sizes)) {
        index.append(scanner.push(chunk));
        expect(index.count).toBe(naive(all.subarray(0, index.bytes)).length);
      }
      const lines = Array.from({ length: index.count }, (_, line) =>
        Buffer.from(all.subarray(index.start(line), index.end(line))).toString('latin1'),
      );
      expect(lines).toEqual(naive(all));
    }),
    { numRuns: 500 },
  );
});

test('the lines within a number of bytes are those whose newline is within them', () => {
  fc.assert(
    fc.property(bytes, fc.nat(220), (values, size) => {
      const all = Uint8Array.from(values);
      const index = new LineIndex();
      const scanner = new LineScanner();
      index.append(scanner.push(all));
      expect(index.linesWithin(size)).toBe(all.subarray(0, size).filter((byte) => byte === 10).length);
    }),
  );
});

test('more lines than a block holds, and a block that spans more than 4 GB', () => {
  const index = new LineIndex();
  const scanner = new LineScanner();
  const hundred = new Uint8Array(100).fill(10);
  for (let i = 0; i < 1500; i++) index.append(scanner.push(hundred));
  expect(index.count).toBe(150_000);
  expect([index.start(65_535), index.end(65_535), index.start(65_536), index.end(149_999)]).toEqual([
    65_535, 65_535, 65_536, 149_999,
  ]);
  // 64 MB without a newline
  const megabytes = { bytes: 1 << 26, newlines: new Uint32Array(), classes: new Uint16Array(), torn: 0 };
  for (let i = 0; i < 80; i++) index.append(megabytes);
  index.append(scanner.push(hundred));
  const start = 150_000;
  expect(index.end(start)).toBe(start + 80 * (1 << 26));
  expect(index.end(start + 1)).toBe(index.end(start) + 1);
  expect(index.end(start - 1)).toBe(149_999);
});

test('whole lines agree with a naive split at newlines and returns, without empty and over-long ones', () => {
  const longest = 8;
  fc.assert(
    fc.property(bytes, cuts, (values, sizes) => {
      const all = Uint8Array.from(values);
      const lines = new WholeLines(longest);
      const found: [string, number][] = [];
      const each = (buffer: Uint8Array, from: number, to: number, end: number) => {
        found.push([Buffer.from(buffer.subarray(from, to)).toString('latin1'), end]);
      };
      for (const chunk of cut(all, sizes)) lines.push(chunk, each);
      lines.finish(each);
      let end = 0;
      const expected = Buffer.from(all)
        .toString('latin1')
        .split(/[\n\r]/)
        .map((text): [string, number] => [text, Math.min(all.length, (end += text.length + 1))])
        .filter(([text]) => text !== '' && text.length <= longest);
      expect(found).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
