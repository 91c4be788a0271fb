import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Emitter } from '../../../src/lib/event';
import { FileBytes } from '../../../src/node/fileBytes';
import { FileTail } from '../../../src/node/fileTail';
import { allocated, canPunchHoles, replaceByHole } from '../../../src/node/holes';
import { archivePaths, LogArchive } from '../../../src/node/logArchive';
import { compressOldest, type CompressOptions } from '../../../src/node/logCompressor';
import { bundle } from '../../fakes/bundle';
import { LongLog, randomNumbers } from '../../fakes/longLog';

const memberBytes = 1 << 20;
/** 5 members and a half. */
const log = new LongLog(72_000);
let program = '';
let folder = '';
let path = '';
let punches = false;

beforeAll(async () => {
  program = await bundle('test/fakes/programs/compressLog.ts');
});
afterAll(() => rm(dirname(program), { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-archive-'));
  path = join(folder, 'log');
  const chunks: Uint8Array[] = [];
  for await (const { bytes } of log.chunks(undefined, 1, new AbortController().signal)) chunks.push(bytes);
  await writeFile(path, Buffer.concat(chunks));
  punches = await canPunchHoles(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

const compress = (options: Partial<CompressOptions> = {}) =>
  compressOldest(path, {
    upTo: log.bytes,
    growing: false,
    pace: () => Promise.resolve(),
    signal: new AbortController().signal,
    memberBytes,
    ...options,
  });

/** All of the log as readers have it. */
async function whole(): Promise<Buffer> {
  const tail = new FileTail(path, 0, new Emitter<void>().event);
  const chunks: Uint8Array[] = [];
  try {
    for (let chunk = await tail.next(); chunk; chunk = await tail.next()) chunks.push(chunk);
  } finally {
    tail.dispose();
  }
  return Buffer.concat(chunks);
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const taken = async () => allocated(await stat(path));

test('the oldest whole members are compressed, the disk gets their space back, and no reader sees a difference', async () => {
  const before = await taken();
  expect(before).toBeGreaterThanOrEqual(log.bytes);
  expect(await compress({ upTo: 3.5 * memberBytes })).toBe('done');
  const archive = await LogArchive.open(path);
  expect(archive.bytes).toBe(3 * memberBytes);
  expect(archive.compressedBytes).toBe((await stat(archivePaths(path).data)).size);
  expect(archive.compressedBytes).toBeLessThan(archive.bytes / 5);
  archive.dispose();
  expect(await taken()).toBeLessThanOrEqual(before - 3 * memberBytes + 8192);
  expect((await stat(path)).size).toBe(log.bytes);
  expect(sha256(await whole())).toBe(log.sha256());
  // Any tool can read it.
  expect(gunzipSync(await readFile(archivePaths(path).data))).toHaveLength(3 * memberBytes);
});

test('any part is read as it was, across members and the end of the compressed part', async () => {
  const original = await readFile(path);
  await compress({ upTo: 4 * memberBytes });
  const file = new FileBytes(path);
  const archive = await LogArchive.open(path);
  const random = randomNumbers(7);
  for (let round = 0; round < 200; round += 1) {
    const from = Math.floor(random() * log.bytes);
    const to = Math.min(log.bytes, from + Math.floor(random() ** 3 * 2 * memberBytes));
    expect(original.subarray(from, to).equals(await file.read(from, to)), `${from} to ${to}`).toBe(true);
    const last = Math.min(to, archive.bytes);
    if (from < last) expect(original.subarray(from, last).equals(await archive.read(from, to))).toBe(true);
  }
  const streamed: Uint8Array[] = [];
  for await (const part of archive.stream()) streamed.push(part);
  expect(original.subarray(0, archive.bytes).equals(Buffer.concat(streamed))).toBe(true);
  file.dispose();
  archive.dispose();
});

test('a second call goes on where the first ended; one with nothing to do changes nothing', async () => {
  await compress({ upTo: 2 * memberBytes });
  await compress();
  const data = await readFile(archivePaths(path).data);
  expect((await LogArchive.open(path)).bytes).toBe(5 * memberBytes);
  await compress();
  expect((await readFile(archivePaths(path).data)).equals(data)).toBe(true);
  expect(sha256(await whole())).toBe(log.sha256());
});

test('what a reader began to read before it was compressed is what it goes on reading', async () => {
  const original = await readFile(path);
  const tail = new FileTail(path, 0, new Emitter<void>().event);
  const first = await tail.next();
  await compress();
  expect(original.subarray(0, first?.length).equals(first ?? Buffer.alloc(0))).toBe(true);
  const next = await tail.next();
  const at = first?.length ?? 0;
  expect(original.subarray(at, at + (next?.length ?? 0)).equals(next ?? Buffer.alloc(0))).toBe(true);
  tail.dispose();
});

test('one process compresses at a time', async () => {
  const outcomes: string[] = [];
  const first = await compress({
    pace: async () => {
      if (outcomes.length === 0) outcomes.push(await compress());
    },
  });
  expect([first, ...outcomes]).toEqual(['done', 'busy']);
});

test('a cancelled compression leaves what it has committed, and every byte', async () => {
  const abort = new AbortController();
  const pace = () => {
    abort.abort();
    return Promise.resolve();
  };
  await expect(compress({ signal: abort.signal, pace })).rejects.toThrow('Cancelled');
  expect(sha256(await whole())).toBe(log.sha256());
});

test('on a disk without holes in the middle a file that has ended is replaced by one that begins with a hole', async () => {
  const original = await readFile(path);
  const reader = await open(path, 'r');
  await replaceByHole(path, 4 * memberBytes);
  expect((await stat(path)).size).toBe(log.bytes);
  expect(await taken()).toBeLessThanOrEqual(log.bytes - 4 * memberBytes + 65_536);
  const now = await readFile(path);
  expect(now.subarray(4 * memberBytes).equals(original.subarray(4 * memberBytes))).toBe(true);
  expect(sha256(await reader.readFile())).toBe(sha256(original));
  await reader.close();
});

/** Compresses in a process of its own, which is killed at step `stopAt`; gives its last word. */
async function inProcess(stopAt: number, growing: boolean): Promise<string> {
  const words = [program, path, String(log.bytes), String(growing), String(stopAt), String(memberBytes)];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let steps = 0;
  let last = '';
  for await (const line of createInterface(child.stdout)) {
    last = line;
    if (line === 'step' && (steps += 1) === stopAt) child.kill('SIGKILL');
  }
  await ended;
  return last;
}

test('killed at any step while a process appends, no byte is lost, and the next run goes on', async ({
  skip,
}) => {
  if (!punches) skip('this disk frees no part of a file that grows');
  const appended: string[] = [];
  const enough = new AbortController();
  const appends = (async () => {
    while (!enough.signal.aborted) {
      const line = `appended ${appended.length}\n`;
      await appendFile(path, line);
      appended.push(line);
    }
  })();
  const before = await taken();
  const archived: number[] = [];
  for (let stopAt = 1; stopAt <= 8; stopAt += 1) {
    expect(await inProcess(stopAt, true)).toMatch(/step|done/);
    const archive = await LogArchive.open(path);
    archived.push(archive.bytes / memberBytes);
    archive.dispose();
    const bytes = await whole();
    expect(sha256(bytes.subarray(0, log.bytes))).toBe(log.sha256());
    expect(bytes.subarray(log.bytes).toString()).toMatch(/^(?:appended \d+\n)*$/);
  }
  expect(await inProcess(0, true)).toBe('done');
  enough.abort();
  await appends;
  const bytes = await whole();
  expect(sha256(bytes.subarray(0, log.bytes))).toBe(log.sha256());
  expect(bytes.subarray(log.bytes).toString()).toBe(appended.join(''));
  expect(await taken()).toBeLessThan(before - 5 * memberBytes + (1 << 20) + appended.join('').length);
  // Killed before the first commit and after it, or this test says little.
  expect(archived).toEqual(expect.arrayContaining([0, 5]));
});

test('killed at random moments, no byte is lost', async () => {
  const random = randomNumbers(3);
  for (let round = 0; round < 10; round += 1) {
    const words = [program, path, String(log.bytes), 'false', '0', String(memberBytes)];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    const steps = Math.floor(random() * 5);
    let seen = 0;
    for await (const line of createInterface(child.stdout)) if (line === 'step' && (seen += 1) > steps) break;
    child.kill('SIGKILL');
    await ended;
    expect(sha256(await whole())).toBe(log.sha256());
  }
  expect(await inProcess(0, false)).toBe('done');
  expect(sha256(await whole())).toBe(log.sha256());
});
