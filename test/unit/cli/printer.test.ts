import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { Printer } from '../../../src/cli/printer';
import { CancelledError } from '../../../src/core/errors';

test('a table has aligned columns and no trailing blanks', async () => {
  const out = new PassThrough();
  await new Printer(out).table([
    ['ID', 'STATE'],
    ['digits-abc', 'running'],
    ['x', ''],
  ]);
  expect(String(out.read())).toBe('ID          STATE\ndigits-abc  running\nx\n');
});

test('it waits for a slow reader', async () => {
  const written: string[] = [];
  let release: () => void = () => undefined;
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      release = done;
    },
  });
  let second = false;
  const printer = new Printer(slow);
  const first = printer.line('one').then(() => (second = true));
  await Promise.resolve();
  expect(second).toBe(false);
  release();
  await first;
  expect(written).toEqual(['one\n']);
});

test('a reader that has gone ends the printing quietly', async () => {
  const out = new PassThrough();
  const printer = new Printer(out);
  out.destroy(new Error('EPIPE'));
  await new Promise((resolve) => out.once('close', resolve));
  await expect(printer.line('more')).rejects.toBeInstanceOf(CancelledError);
});
