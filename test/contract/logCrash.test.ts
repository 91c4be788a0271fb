import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { run } from '../../src/node/process';
import { bundle } from '../fakes/bundle';
import { LongLog, randomNumbers } from '../fakes/longLog';
import { processesWith } from '../fakes/processes';
import { until } from '../fakes/until';

const linux = process.platform === 'linux';
let program = '';
let root = '';
let marker = '';

beforeAll(async () => {
  program = await bundle('test/fakes/programs/copyLog.ts');
});
afterAll(() => rm(dirname(program), { recursive: true, force: true }));
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-log-crash-'));
  marker = `log-${randomBytes(8).toString('hex')}`;
});
afterEach(async () => {
  if (linux) await until('no process is left', () => processesWith(marker).length === 0);
  await rm(root, { recursive: true, force: true, maxRetries: 10 });
});

/** A window that copies the log; `shell` is what its limits are set with. */
function window(path: string, lines: number, seed: number, shell = 'exec "$0" "$@"') {
  const words = [program, path, String(lines), String(seed)];
  const child = spawn('sh', ['-c', shell, process.execPath, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MARKER: marker },
  });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(child, 'close').then(() => said.trim());
  return { child, ended };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function copied(path: string): Promise<number> {
  const text = await readFile(`${path}.copy`, 'utf8').catch(() => '{"bytes": 0}');
  return (JSON.parse(text) as { bytes: number }).bytes;
}

const size = (path: string) =>
  stat(path).then(
    (stats) => stats.size,
    () => 0,
  );

/** Lets two windows copy the log while one after the other is killed at any moment; gives how often they were. */
async function killAlong(path: string, log: LongLog, seed: number, kills: number): Promise<number> {
  const random = randomNumbers(seed);
  let killed = 0;
  const windows = [window(path, log.lines, seed), window(path, log.lines, seed + 1)];
  for (let round = 0; round < kills; round += 1) {
    const before = await size(path);
    // Once it has grown, so that most of the kills fall into the copying, and then at any moment.
    await until('the copy goes on', async () => {
      const { bytes = 0, over } = JSON.parse(await readFile(`${path}.copy`, 'utf8').catch(() => '{}')) as {
        bytes?: number;
        over?: boolean;
      };
      return over === true || bytes >= log.bytes || (await size(path)) > before;
    });
    await delay(random() * 30);
    const victims = random() < 0.3 ? [0, 1] : [round % 2];
    for (const index of victims) {
      windows[index]?.child.kill('SIGKILL');
      killed += windows[index]?.child.killed ? 1 : 0;
    }
    for (const index of victims) {
      await windows[index]?.ended;
      // What a power cut may leave behind the bytes that are surely on the disk.
      if (victims.length === 2 && (await size(path)) > (await copied(path)))
        await truncate(
          path,
          (await copied(path)) + Math.floor(random() * ((await size(path)) - (await copied(path)))),
        );
      if (victims.length === 2 && index === 1 && random() < 0.5)
        await appendFile(path, 'torn: not of the log');
      windows[index] = window(path, log.lines, seed + 10 * round + index);
    }
  }
  expect(await Promise.all(windows.map(({ ended }) => ended))).toEqual(['over', 'over']);
  return killed;
}

async function expectWhole(path: string, log: LongLog): Promise<void> {
  expect(await size(path)).toBe(log.bytes);
  expect(await sha256(path)).toBe(log.sha256());
  expect(JSON.parse(await readFile(`${path}.copy`, 'utf8'))).toMatchObject({ bytes: log.bytes, over: true });
}

test('two windows copy 500,000 lines while they are killed at any moment: none is lost or doubled', async () => {
  const log = new LongLog(500_000);
  let killed = 0;
  for (const seeds of [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [9, 10, 11, 12],
  ]) {
    const counts = seeds.map(async (seed) => {
      const path = join(root, `log-${seed}`);
      const count = await killAlong(path, log, seed, 5);
      await expectWhole(path, log);
      await rm(path);
      return count;
    });
    killed += (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }
  // Most of them fell into the copying, or this test says little.
  expect(killed).toBeGreaterThan(30);
});

test('10 M lines in are 10 M lines out, killed five times on the way', async () => {
  const log = new LongLog(10_000_000);
  const path = join(root, 'log');
  await killAlong(path, log, 99, 5);
  await expectWhole(path, log);
});

test.skipIf(!linux)('a file that may grow no more says so, and is whole once it may', async () => {
  const log = new LongLog(100_000);
  const path = join(root, 'log');
  // In blocks of 512 or 1,024 bytes, as the shell has it: beyond either, before the end.
  const { ended } = window(path, log.lines, 1, 'ulimit -f 5000; exec "$0" "$@"');
  expect(await ended).toMatch(/The disk is full.*Make room/);
  expect(await size(path)).toBeLessThan(log.bytes);
  expect(await copied(path)).toBeLessThanOrEqual(await size(path));
  expect(await window(path, log.lines, 2).ended).toBe('over');
  await expectWhole(path, log);
});

const mountable = linux && process.getuid?.() === 0;

test.skipIf(!mountable)(
  'a full disk says so, loses nothing, and the copy goes on once there is room',
  async ({ skip }) => {
    const log = new LongLog(100_000);
    const mounted = await run([
      'mount',
      '-t',
      'tmpfs',
      '-o',
      `size=${log.bytes + (4 << 20)}`,
      'trainyard-test',
      root,
    ]);
    if (mounted.code !== 0) skip('this system lets nobody mount');
    try {
      await writeFile(join(root, 'other'), Buffer.alloc(6 << 20));
      const path = join(root, 'log');
      expect(await window(path, log.lines, 1).ended).toMatch(/The disk is full.*Make room/);
      expect(await copied(path)).toBeLessThanOrEqual(await size(path));
      await rm(join(root, 'other'));
      expect(await window(path, log.lines, 2).ended).toBe('over');
      await expectWhole(path, log);
    } finally {
      await run(['umount', root]);
    }
  },
);
