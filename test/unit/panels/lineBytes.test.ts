import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineBytes } from '../../../src/ui/panels/lineBytes';

async function* cut(text: string, size: number): AsyncIterable<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

test('a line is found however the log is cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.stringMatching(/^[a-z]{0,9}$/), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 40 }),
      async (lines, size) => {
        for (const [number, line] of lines.entries()) {
          const found = await lineBytes(cut(lines.join('\n'), size), number, 1000);
          expect(new TextDecoder().decode(found)).toBe(line);
        }
      },
    ),
  );
});

test('of a longer line only its beginning is read', async () => {
  let chunks = 0;
  async function* endless(): AsyncIterable<Uint8Array> {
    for (;;) {
      chunks++;
      yield await Promise.resolve(new Uint8Array(1000).fill(65));
    }
  }
  expect((await lineBytes(endless(), 0, 2500)).length).toBe(2500);
  expect(chunks).toBe(3);
});

test('a line that is not there is empty', async () => {
  expect((await lineBytes(cut('a\nb', 2), 7, 100)).length).toBe(0);
});
