import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WorkerThread } from '../../../src/node/workerThread';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-worker-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function program(text: string): Promise<string> {
  const file = join(folder, 'program.mjs');
  await writeFile(file, `import { parentPort } from 'node:worker_threads';\n${text}`);
  return file;
}

/** Starts a thread; what it tells and why it ended come as promises. */
function started(file: string) {
  const message = Promise.withResolvers<unknown>();
  const failure = Promise.withResolvers<Error>();
  let failures = 0;
  const thread = new WorkerThread<unknown, unknown>(file, message.resolve, (error) => {
    failures += 1;
    failure.resolve(error);
  });
  return { thread, message: message.promise, failure: failure.promise, failures: () => failures };
}

test('a thread answers, and what is handed over moves rather than being copied', async () => {
  const file = await program('parentPort.on("message", (bytes) => parentPort.postMessage(bytes.length));');
  const { thread, message } = started(file);
  const bytes = new Uint8Array(1000);
  thread.post(bytes, [bytes.buffer]);
  expect(await message).toBe(1000);
  expect(bytes.length).toBe(0);
  thread.dispose();
});

test('a thread that throws tells it once', async () => {
  const { failure, failures, thread } = started(await program('throw new Error("broken");'));
  expect((await failure).message).toBe('broken');
  await new Promise(setImmediate);
  expect(failures()).toBe(1);
  thread.dispose();
});

test('a thread that ends by itself, or whose program is not there, is told', async () => {
  expect((await started(await program('process.exit(3);')).failure).message).toContain('exit code 3');
  expect((await started(join(folder, 'none.mjs')).failure).message).toContain('none.mjs');
});

test('one that is caught in a loop ends when it is disposed of, and tells nothing any more', async () => {
  const { thread, message, failures } = started(await program('parentPort.postMessage("in"); for (;;) {}'));
  await message;
  thread.dispose();
  thread.post('into the void');
  await new Promise(setImmediate);
  expect(failures()).toBe(0);
});
