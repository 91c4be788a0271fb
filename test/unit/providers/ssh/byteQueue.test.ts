import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ByteQueue } from '../../../../src/providers/ssh/link/byteQueue';

describe('bytes on their way from a channel', () => {
  it('are held back when nobody reads, and flow again', async () => {
    const source = new PassThrough();
    const queue = new ByteQueue(source);
    for (let count = 0; count < 40; count++) source.write(Buffer.alloc(100_000, count));
    source.end();
    await new Promise(setImmediate);
    expect(source.isPaused()).toBe(true);
    let total = 0;
    for await (const bytes of queue) total += bytes.length;
    expect(total).toBe(4_000_000);
  });

  it('are read to the last one before an error is told', async () => {
    const source = new PassThrough();
    const queue = new ByteQueue(source);
    source.write('last words');
    await new Promise(setImmediate);
    queue.end(new Error('lost'));
    queue.end();
    const read: string[] = [];
    const reading = (async () => {
      for await (const bytes of queue) read.push(Buffer.from(bytes).toString());
    })();
    await expect(reading).rejects.toThrow('lost');
    expect(read).toEqual(['last words']);
  });

  it('are for one reader after the other: who comes next goes on', async () => {
    const source = new PassThrough();
    const queue = new ByteQueue(source);
    source.write('one');
    await new Promise(setImmediate);
    source.write('two');
    await new Promise(setImmediate);
    const texts: string[] = [];
    for await (const bytes of queue) {
      texts.push(Buffer.from(bytes).toString());
      break;
    }
    source.end('three');
    for await (const bytes of queue) texts.push(Buffer.from(bytes).toString());
    expect(texts).toEqual(['one', 'two', 'three']);
  });
});
