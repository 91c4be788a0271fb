import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { CancelledError, ProviderError, SignInError } from '../../../src/core/errors';
import type { LogChunk, LogStreamId } from '../../../src/core/provider';
import { Disposables } from '../../../src/lib/disposables';
import { Emitter } from '../../../src/lib/event';
import { rest as restReally, type Rest } from '../../../src/lib/rest';
import { LogCopy } from '../../../src/services/logStore/logCopy';
import { LogTimesTail } from '../../../src/services/logStore/logTimes';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

/** A platform that gives its log in pieces; a token is the number of pieces given. */
class RemoteLog {
  readonly pieces: string[] = [];
  /** When each piece was written; absent: it does not tell. */
  times: number[] | undefined;
  ended = false;
  /** Thrown at the next look, once. */
  failure: Error | undefined;
  readonly asked: (string | undefined)[] = [];
  private readonly changes = new Emitter<void>();

  add(...pieces: string[]): void {
    this.pieces.push(...pieces);
    this.changes.fire();
  }

  end(): void {
    this.ended = true;
    this.changes.fire();
  }

  fail(error: Error): void {
    this.failure = error;
    this.changes.fire();
  }

  async *logs(
    _id: string,
    _folder: string,
    _stream: LogStreamId,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<LogChunk> {
    this.asked.push(from);
    for (let at = Number(from ?? 0); ;) {
      if (signal.aborted) throw new CancelledError();
      const { failure } = this;
      this.failure = undefined;
      if (failure) throw failure;
      const piece = this.pieces[at];
      if (piece !== undefined) {
        const t = this.times?.[at];
        at += 1;
        const times = t === undefined ? {} : { times: [{ bytes: piece.length, t }] };
        yield { bytes: Buffer.from(piece), next: String(at), ...times };
      } else if (this.ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          const heard = this.changes.event(() => {
            heard.dispose();
            resolve();
          });
          signal.addEventListener('abort', () => {
            heard.dispose();
            resolve();
          });
        });
      }
    }
  }
}

async function makePath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-copy-'));
  held.add({ dispose: () => void rm(folder, { recursive: true, force: true, maxRetries: 3 }) });
  return join(folder, 'nodes', '0', 'log');
}

function copyOf(path: string, remote: RemoteLog): LogCopy {
  return held.add(new LogCopy(path, remote, 'job', 'folder', { node: 0, channel: 'log' }));
}

async function until(copy: LogCopy, there: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await there())) {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`did not come true: ${there.toString()}`));
      }, 10_000);
      const heard = copy.onDidChange(() => {
        heard.dispose();
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

test('a stream is copied byte for byte until it is over', async () => {
  const path = await makePath();
  const remote = new RemoteLog();
  const copy = copyOf(path, remote);
  remote.add('one\n', 'tw');
  await until(copy, async () => (await readFile(path, 'utf8').catch(() => '')) === 'one\ntw');
  expect(copy.over()).toBe(false);
  remote.add('o\n');
  remote.end();
  await until(copy, () => copy.over());
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
});

test('what a crash left torn is cut off and fetched again, from the last token that is surely written', async () => {
  const path = await makePath();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'one\nhalf a li');
  await writeFile(`${path}.copy`, JSON.stringify({ bytes: 4, next: '1' }));
  const remote = new RemoteLog();
  remote.add('one\n', 'two\n');
  remote.end();
  const copy = copyOf(path, remote);
  await until(copy, () => copy.over());
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  expect(remote.asked).toEqual(['1']);
});

/** What is kept of a log's times, as pairs of bytes and time. */
function timesOf(path: string, logBytes: number): number[][] {
  const tail = held.add(new LogTimesTail(path));
  const { bytes = [], times = [] } = tail.next(logBytes) ?? {};
  return Array.from(bytes, (count, i) => [count, times[i] ?? NaN]);
}

test('times that the platform gives are kept beside the log, and those of torn bytes are written anew', async () => {
  const path = await makePath();
  const remote = new RemoteLog();
  remote.times = [1000, 2000, 3000];
  const first = copyOf(path, remote);
  remote.add('one\n', 'two\n');
  await until(first, async () => (await readFile(path, 'utf8').catch(() => '')) === 'one\ntwo\n');
  expect(timesOf(path, 8)).toEqual([
    [4, 1000],
    [8, 2000],
  ]);
  first.dispose();
  await restReally(300, undefined, new AbortController().signal);
  // As a crash may leave it: what was recorded last is the first piece, and the last time is torn.
  await writeFile(`${path}.copy`, JSON.stringify({ bytes: 4, next: '1' }));
  await appendFile(`${path}.times`, 'torn');
  remote.add('three\n');
  remote.end();
  const second = copyOf(path, remote);
  await until(second, () => second.over());
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\n');
  expect(timesOf(path, 14)).toEqual([
    [4, 1000],
    [8, 2000],
    [14, 3000],
  ]);
});

test('a log that was begun without times goes on without, and one of a platform without has no file for them', async () => {
  const path = await makePath();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'one\n');
  await writeFile(`${path}.copy`, JSON.stringify({ bytes: 4, next: '1' }));
  const remote = new RemoteLog();
  remote.times = [1000, 2000];
  remote.add('one\n', 'two\n');
  remote.end();
  const copy = copyOf(path, remote);
  await until(copy, () => copy.over());
  expect(timesOf(path, 8)).toEqual([]);
  expect(await readdir(dirname(path))).not.toContain('log.times');
});

test('a failure that passes is waited out, and the copy goes on where it was', async () => {
  const path = await makePath();
  const remote = new RemoteLog();
  const copy = copyOf(path, remote);
  remote.add('one\n');
  await until(copy, async () => (await readFile(path, 'utf8').catch(() => '')) === 'one\n');
  remote.fail(new ProviderError('network', 'The line was cut.'));
  remote.add('two\n');
  remote.end();
  await until(copy, () => copy.over());
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  expect(remote.asked).toEqual([undefined, '1']);
});

test('of two copies one writes; when it stops, the other goes on, and nothing is doubled', async () => {
  const path = await makePath();
  const remote = new RemoteLog();
  const first = copyOf(path, remote);
  remote.add('one\n');
  await until(first, async () => (await readFile(path, 'utf8').catch(() => '')) === 'one\n');
  const second = copyOf(path, remote);
  remote.add('two\n');
  await until(first, async () => (await readFile(path, 'utf8')) === 'one\ntwo\n');
  expect(remote.asked).toHaveLength(1);
  first.dispose();
  remote.add('three\n');
  remote.end();
  await until(second, () => second.over());
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\n');
  expect(remote.asked).toEqual([undefined, '2']);
});

test('a stream that waits for a sign-in says so, and goes on at once after it', async () => {
  const path = await makePath();
  const remote = new RemoteLog();
  const signedIn = new Emitter<void>();
  const pauses: number[] = [];
  // No time passes: only a sign-in ends a pause.
  const rest: Rest = (milliseconds, wake, signal) => {
    pauses.push(milliseconds);
    return restReally(2 ** 30, wake, signal);
  };
  const stream = { node: 0, channel: 'log' } as const;
  const copy = held.add(new LogCopy(path, remote, 'job', 'folder', stream, signedIn.event, rest));
  remote.add('one\n');
  await until(copy, async () => (await readFile(path, 'utf8').catch(() => '')) === 'one\n');
  remote.fail(new SignInError('aws/us-east-1', 'Your sign-in has expired.'));
  await until(copy, () => pauses.length === 1 && refused(copy));
  expect(() => copy.over()).toThrow('Your sign-in has expired.');
  remote.add('two\n');
  signedIn.fire();
  expect(copy.over()).toBe(false);
  await until(copy, async () => (await readFile(path, 'utf8')) === 'one\ntwo\n');
  remote.end();
  await until(copy, () => copy.over());
  expect(remote.asked).toEqual([undefined, '1']);
  expect(pauses).toHaveLength(1);
});

function refused(copy: LogCopy): boolean {
  try {
    copy.over();
    return false;
  } catch {
    return true;
  }
}

test('a failure that does not pass is told to whoever asks', async () => {
  const path = await makePath();
  const remote = new RemoteLog();
  const copy = copyOf(path, remote);
  remote.fail(new ProviderError('forbidden', 'You may not read this log.'));
  await until(copy, () => refused(copy));
  expect(() => copy.over()).toThrow('You may not read this log.');
});
