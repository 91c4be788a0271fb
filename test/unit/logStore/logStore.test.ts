import { afterEach, expect, test } from 'vitest';
import type { Access } from '../../../src/core/access';
import { CancelledError, SignInError } from '../../../src/core/errors';
import type { TrainingJobs } from '../../../src/core/provider';
import { compressOldest } from '../../../src/node/logCompressor';
import { LogStore } from '../../../src/services/logStore/logStore';
import { workersFolder } from '../../fakes/workers';
import { Disposables } from '../../../src/lib/disposables';
import { Emitter } from '../../../src/lib/event';
import { LogFolder, until } from './logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

async function folderAndStore(nodes = 1): Promise<{ folder: LogFolder; store: LogStore }> {
  const folder = held.add(await LogFolder.make(nodes));
  return { folder, store: new LogStore(folder, folder.connections, workersFolder) };
}

async function opened(folder: LogFolder, store: LogStore, node = 0) {
  const reader = held.add(await store.open(folder.job, node));
  await reader.settled();
  return reader;
}

async function texts(reader: { lines(from: number, count: number): Promise<readonly { text: string }[]> }) {
  return (await reader.lines(0, 1000)).map(({ text }) => text);
}

test('a log that is not there yet is empty, and its lines come once it is', async () => {
  const { folder, store } = await folderAndStore();
  const reader = await opened(folder, store);
  expect(reader.lineCount()).toBe(0);
  await folder.write('first\nsecond\n');
  await until(reader, () => reader.lineCount() === 2);
  expect(await texts(reader)).toEqual(['first', 'second']);
});

test('a last line without its newline is a row that changes', async () => {
  const { folder, store } = await folderAndStore();
  await folder.write('one\ntw');
  const reader = await opened(folder, store);
  expect(await texts(reader)).toEqual(['one', 'tw']);
  await folder.write('o\nthree\n');
  await until(reader, () => reader.lineCount() === 3);
  expect(await texts(reader)).toEqual(['one', 'two', 'three']);
});

test('the log ends after the last byte that was written before the job ended', async () => {
  const { folder, store } = await folderAndStore();
  const reader = await opened(folder, store);
  await folder.write('last words');
  folder.become('failed');
  await until(reader, () => reader.ended);
  expect(await texts(reader)).toEqual(['last words']);
});

test('a progress bar that rewrites its line is one row with what it shows now, and its bytes stay', async () => {
  const { folder, store } = await folderAndStore();
  const bytes = 'before\n\r 10%|#   |\r 50%|##  |\r100%|####|\nafter\r\n\r 20%';
  await folder.write(bytes);
  folder.become('succeeded');
  const reader = await opened(folder, store);
  expect(await texts(reader)).toEqual(['before', '100%|####|', 'after', ' 20%']);
  const raw: Uint8Array[] = [];
  for await (const chunk of store.raw(folder.job, 0, { follow: true }, new AbortController().signal))
    raw.push(chunk);
  expect(Buffer.concat(raw).toString()).toBe(bytes);
});

test('a log that waits for a sign-in says so to who looks, and shows what comes after it', async () => {
  const folder = held.add(await LogFolder.make());
  const signedIn = new Emitter<void>();
  let allowed = false;
  const trainingJobs = {
    async *logs() {
      await Promise.resolve();
      if (!allowed) throw new SignInError('cloud', 'Your sign-in has expired.');
      yield { bytes: Buffer.from('hello\n'), next: '1' };
    },
  } as unknown as TrainingJobs;
  const access = { onDidRestore: signedIn.event } as Access;
  const connection = { id: 'cloud', label: 'cloud', trainingJobs, access };
  const store = new LogStore(folder, { get: () => Promise.resolve(connection) }, workersFolder);
  const reader = held.add(await store.open(folder.job, 0));
  await expect(reader.settled()).rejects.toThrow('Your sign-in has expired.');
  allowed = true;
  signedIn.fire();
  await until(reader, () => reader.ended);
  expect(await texts(reader)).toEqual(['hello']);
});

test('rows have the time of the first mark that covers them, and the end of the log that of the exit', async () => {
  const { folder, store } = await folderAndStore();
  await folder.write('one\ntwo\nthree\nfour\n');
  await folder.telemetry({ kind: 'host', t: 1000, logBytes: 4 });
  await folder.telemetry({ kind: 'host', t: 2000, logBytes: 10 });
  await folder.telemetry({ kind: 'exit', t: 3000, code: 0, signal: null, reason: 'done' });
  const reader = await opened(folder, store);
  expect((await reader.lines(0, 10)).map(({ t }) => t)).toEqual([1000, 2000, 3000, 3000]);
});

test('rows have the times that the platform gives, also of a log that is fetched at once and after a restart', async () => {
  const folder = held.add(await LogFolder.make());
  const hour = 3_600_000;
  const trainingJobs = {
    async *logs() {
      await Promise.resolve();
      const times = [
        { bytes: 9, t: hour },
        { bytes: 10, t: 3 * hour },
        { bytes: 16, t: 2 * hour },
      ];
      yield { bytes: Buffer.from('one\nfour\n\nthree\n'), next: '1', times };
      // By a clock that is ahead of ours.
      yield { bytes: Buffer.from('last'), next: '2', times: [{ bytes: 4, t: Date.now() + hour }] };
    },
  } as unknown as TrainingJobs;
  const connection = { id: 'cloud', label: 'cloud', trainingJobs };
  // What the telemetry says of the container's own bytes is less sharp.
  await folder.telemetry({ kind: 'host', t: 9 * hour, logBytes: 10 });
  for (const connections of [{ get: () => Promise.resolve(connection) }, folder.connections]) {
    const reader = await new LogStore(folder, connections, workersFolder).open(folder.job, 0);
    await until(reader, () => reader.lineCount() === 5);
    await reader.settled();
    const rows = await reader.lines(0, 10);
    expect(rows.slice(0, 4).map(({ t }) => t)).toEqual([hour, hour, 3 * hour, 3 * hour]);
    expect(rows[4]?.t).toBeGreaterThan(Date.now() + hour / 2);
    expect([reader.placeAt(hour), reader.placeAt(2 * hour), reader.placeAt(4 * hour)]).toEqual([0, 2, 4]);
    reader.dispose();
    folder.become('succeeded');
  }
});

test('raw gives every byte of a log whose oldest part is compressed', async () => {
  const folder = held.add(await LogFolder.make());
  const bytes = Buffer.from(Array.from({ length: 60_000 }, (_, n) => `line ${n} of a long log\n`).join(''));
  await folder.write(bytes);
  folder.become('succeeded');
  const { signal } = new AbortController();
  const pace = () => Promise.resolve();
  const options = { upTo: bytes.length, growing: false, pace, signal, memberBytes: 1 << 18 };
  expect(await compressOldest(folder.path(0), options)).toBe('done');
  const store = new LogStore(folder, folder.connections, workersFolder);
  const raw: Uint8Array[] = [];
  for await (const chunk of store.raw(folder.job, 0, { follow: true }, signal)) raw.push(chunk);
  expect(Buffer.concat(raw).equals(bytes)).toBe(true);
  const reader = held.add(await store.open(folder.job, 0));
  await reader.settled();
  expect(reader.lineCount()).toBe(60_000);
  expect((await reader.lines(7, 1))[0]?.text).toBe('line 7 of a long log');
});

test('raw without follow gives what is there; with follow it ends only when the job has', async () => {
  const { folder, store } = await folderAndStore();
  await folder.write('abc');
  const now: Uint8Array[] = [];
  const signal = new AbortController().signal;
  for await (const chunk of store.raw(folder.job, 0, { follow: false }, signal)) now.push(chunk);
  expect(Buffer.concat(now).toString()).toBe('abc');

  const all: Uint8Array[] = [];
  for await (const chunk of store.raw(folder.job, 0, { follow: true }, signal)) {
    all.push(chunk);
    if (all.length === 1) {
      await folder.write('def');
      folder.become('succeeded');
    }
  }
  expect(Buffer.concat(all).toString()).toBe('abcdef');
});

test('following ends with a cancellation when its signal is aborted', async () => {
  const { folder, store } = await folderAndStore();
  await folder.write('abc');
  const interrupt = new AbortController();
  const follow = async () => {
    for await (const chunk of store.raw(folder.job, 0, { follow: true }, interrupt.signal)) {
      expect(chunk.length).toBe(3);
      setImmediate(() => {
        interrupt.abort();
      });
    }
  };
  await expect(follow()).rejects.toBeInstanceOf(CancelledError);
});

test('whenever it is aborted, reading ends with a cancellation and nothing else', async () => {
  const { folder, store } = await folderAndStore();
  await folder.write(Buffer.alloc(3_000_000, 'x'));
  for (let turns = 0; turns < 40; turns++) {
    const interrupt = new AbortController();
    const all = (async () => {
      for await (const chunk of store.raw(folder.job, 0, { follow: true }, interrupt.signal)) {
        expect(chunk.every((byte) => byte === 0x78)).toBe(true);
      }
    })();
    const outcome = expect(all).rejects.toBeInstanceOf(CancelledError);
    for (let i = 0; i < turns; i++) await new Promise(setImmediate);
    interrupt.abort();
    await outcome;
  }
});

test('a reader that is closed while it reads gives what it has and fails nobody', async () => {
  const { folder, store } = await folderAndStore();
  await folder.write('line\n'.repeat(400_000));
  const reader = await store.open(folder.job, 0);
  const other = held.add(await store.open(folder.job, 0));
  await until(reader, () => reader.lineCount() > 0);
  const rows = reader.lines(0, 1000);
  const settled = reader.settled();
  reader.dispose();
  reader.dispose();
  await settled;
  expect((await rows).length).toBeGreaterThan(0);
  await other.settled();
  expect(other.lineCount()).toBe(400_000);
  other.dispose();
  await other.settled();
});
