import { execFileSync, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open as openFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StateDatabase } from '../../../src/services/database';
import { JobStore } from '../../../src/services/jobs/jobStore';
import { migrations } from '../../../src/services/schema';
import { readJob } from '../../fakes/jobSpec';
import { never, StateFolder } from '../../fakes/stateFolder';
import { until } from '../../fakes/until';
import { LogLines } from '../../fakes/workplace';

const state = new StateFolder();
const isRoot = process.getuid?.() === 0;
let root = '';
let home = '';
let log: LogLines;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-database-'));
  home = join(root, 'home');
  log = new LogLines();
});
afterEach(() => rm(root, { recursive: true, force: true }));

const open = () => StateDatabase.open(home, log, () => 1_795_000_000_000);
const path = () => join(home, 'trainyard.db');

test('a new state folder is private, and its database is in WAL mode', async () => {
  const database = await open();
  expect(database.read((tables) => tables.prepare('PRAGMA journal_mode').get())).toEqual({
    journal_mode: 'wal',
  });
  expect(database.read((tables) => tables.prepare('PRAGMA user_version').get())).toEqual({
    user_version: migrations.length,
  });
  database.dispose();
  database.dispose();
});

test('two connections may open and make it at once, and both write', async () => {
  const all = await Promise.all(Array.from({ length: 4 }, open));
  await Promise.all(
    all.map((database, index) =>
      database.write((tables) => {
        tables.prepare("INSERT INTO decisions (at, kind, details) VALUES (?, 'test', '{}')").run(index);
      }),
    ),
  );
  const count = all[0]?.read((tables) => tables.prepare('SELECT count(*) AS n FROM decisions').get()?.n);
  expect(count).toBe(4);
  for (const database of all) database.dispose();
});

test('one of the first version is brought up to date, with its jobs', async () => {
  await mkdir(home);
  const old = new DatabaseSync(path());
  migrations[0]?.(old);
  old.exec(`PRAGMA user_version = 1;
    INSERT INTO jobs (id, name, connection, created_at, spec, status, intent)
    VALUES ('a-abcdef', 'a', 'cloud', 1, '{"num_nodes":1}', '{"state":"succeeded","rawState":"x","nodes":[]}', 0)`);
  old.close();
  const database = await open();
  const store = new JobStore(database);
  expect(store.all()).toMatchObject([
    { job: { id: 'a-abcdef', state: 'succeeded', spec: { num_nodes: 1 } }, intent: false },
  ]);
  database.dispose();
});

test('a store reads only what has changed, whoever changed it, and notices what is gone', async () => {
  const [one, two] = [await open(), await open()];
  const [mine, theirs] = [new JobStore(one), new JobStore(two)];
  const { spec } = readJob('run: echo');
  const make = (id: string, createdAt: number) =>
    mine.add({
      job: { id, name: id, connection: 'cloud', createdAt, state: 'running', rawState: 'x', nodes: [], spec },
      intent: false,
    });
  for (const [index, id] of ['a-abcdef', 'b-abcdef', 'c-abcdef'].entries()) await make(id, index);
  const before = theirs.all();
  expect(before.map(({ job }) => job.id)).toEqual(['c-abcdef', 'b-abcdef', 'a-abcdef']);
  await mine.setStatus('b-abcdef', { state: 'succeeded', rawState: 'x', nodes: [] });
  const after = theirs.all();
  expect(after.map(({ job }) => job.state)).toEqual(['running', 'succeeded', 'running']);
  expect([after[0] === before[0], after[1] === before[1]]).toEqual([true, false]);
  // One goes and one comes between two looks: the number of jobs says nothing.
  await mine.remove('a-abcdef');
  await make('d-abcdef', 9);
  expect(theirs.all().map(({ job }) => job.id)).toEqual(['d-abcdef', 'c-abcdef', 'b-abcdef']);
  await mine.remove('d-abcdef');
  expect(theirs.all().length).toBe(2);
  one.dispose();
  two.dispose();
});

test('one that newer code has written stays byte for byte as it is', async () => {
  (await open()).dispose();
  const newer = new DatabaseSync(path());
  newer.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  newer.close();
  const before = await readFile(path());
  await expect(open()).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('newer Trainyard') as string,
  });
  expect((await readFile(path())).equals(before)).toBe(true);
  expect(await readdir(home)).toEqual(['trainyard.db']);
});

test.each([
  [
    'no database at all',
    () => Buffer.from('this is a text file, and a long enough one to be read as a header'),
  ],
  [
    'a page of noise',
    (good: Buffer) => Buffer.concat([good.subarray(0, 100), Buffer.alloc(good.length - 100, 0xa5)]),
  ],
  ['cut off', (good: Buffer) => good.subarray(0, good.length - 6000)],
])('a damaged one (%s) is kept aside, and a new one takes its place', async (_, damage) => {
  (await open()).dispose();
  const bytes = damage(await readFile(path()));
  await writeFile(path(), bytes);
  const database = await open();
  const files = await readdir(home);
  const aside = files.find((name) => name.startsWith('trainyard.db.corrupt-2026-'));
  expect(aside).toBeDefined();
  expect((await readFile(join(home, aside ?? ''))).equals(bytes)).toBe(true);
  expect(log.lines.join()).toContain(aside);
  expect(database.read((tables) => tables.prepare('SELECT count(*) AS n FROM jobs').get())).toEqual({ n: 0 });
  database.dispose();
});

test('after that the jobs are found again by their folders, those that never started are not', async () => {
  const first = await state.open();
  const running = await state.submit(first, 'name: runs\nrun: echo');
  const ended = await state.submit(first, 'name: over\nrun: echo');
  state.cloud.set(ended.id, 'succeeded', { endedAt: 3 });
  const lost = await state.submit(first, 'name: lost\nrun: echo');
  state.cloud.jobs.delete(lost.id);
  first.dispose();
  await writeFile(join(state.home, 'trainyard.db'), 'garbage'.repeat(1000));
  const core = await state.open();
  await until('they are settled', () => core.jobs.list().every((job) => job.rawState !== 'submitting'));
  expect(
    core.jobs
      .list()
      .map(({ id, name, hourlyUsd, connection, state: how }) => ({ id, name, hourlyUsd, connection, how })),
  ).toEqual(
    expect.arrayContaining([
      { id: ended.id, name: 'over', hourlyUsd: 1.5, connection: 'cloud', how: 'succeeded' },
      { id: running.id, name: 'runs', hourlyUsd: 1.5, connection: 'cloud', how: 'running' },
    ]),
  );
  expect(core.jobs.get(running.id)?.spec).toEqual(running.spec);
  expect(core.jobs.get(running.id)?.createdAt).toBe(running.createdAt);
  expect(core.jobs.get(lost.id)).toBeUndefined();
  await core.jobs.stop(running.id, undefined, never);
});

test('a lock of another program is waited for, and then named', async () => {
  const database = await open();
  const other = new DatabaseSync(path());
  other.exec('BEGIN IMMEDIATE');
  let written = false;
  const writing = database
    .write((tables) => {
      tables.exec("INSERT INTO decisions (at, kind, details) VALUES (1, 'test', '{}')");
    })
    .then(() => (written = true));
  await until('it had to wait', () => performance.now() > 0);
  expect(written).toBe(false);
  other.exec('COMMIT');
  await writing;

  other.exec('BEGIN IMMEDIATE');
  const before = performance.now();
  await expect(
    database.write((tables) => {
      tables.exec("INSERT INTO decisions (at, kind, details) VALUES (1, 'test', '{}')");
    }),
  ).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining(
      `locked by another program. Close it and try again: ${path()}`,
    ) as string,
  });
  expect(performance.now() - before).toBeGreaterThan(4900);
  // Reading goes on meanwhile.
  expect(database.read((tables) => tables.prepare('SELECT count(*) AS n FROM decisions').get())).toEqual({
    n: 1,
  });
  other.close();
  database.dispose();
});

test.skipIf(process.platform !== 'linux')(
  'a lock of another process is told with its name and pid',
  async () => {
    (await open()).dispose();
    const program = `
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(${JSON.stringify(path())});
    database.exec('BEGIN EXCLUSIVE');
    process.stdout.write('locked');
    setTimeout(() => undefined, 60_000);`;
    const holder = spawn(process.execPath, ['--no-warnings', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    try {
      const database = await open();
      await expect(database.write((tables) => tables.prepare('DELETE FROM jobs').run())).rejects.toThrow(
        `(process ${holder.pid ?? 0})`,
      );
      database.dispose();
    } finally {
      holder.kill('SIGKILL');
    }
  },
);

test.skipIf(isRoot)(
  'a folder that can not be written says so (not as root, who may write anywhere)',
  async () => {
    await mkdir(home, { mode: 0o500 });
    await expect(open()).rejects.toThrow('can’t be written');
    await chmod(home, 0o700);
  },
);

test('a path that is a file says so', async () => {
  await writeFile(home, '');
  await expect(open()).rejects.toMatchObject({ kind: 'unavailable' });
});

const mounted = isRoot && process.platform === 'linux' && canMount();

test.skipIf(!mounted)(
  'a full disk is an error that says so, and costs no job (needs root, for a small tmpfs)',
  async () => {
    await mkdir(home);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', home]);
    try {
      const database = await open();
      await fill(join(home, 'filler'));
      const text = 'x'.repeat(100_000);
      await expect(
        database.write((tables) => {
          tables.prepare("INSERT INTO decisions (at, kind, details) VALUES (1, 'test', ?)").run(text);
        }),
      ).rejects.toThrow(/The disk is full/);
      await rm(join(home, 'filler'));
      await database.write((tables) => {
        tables.prepare("INSERT INTO decisions (at, kind, details) VALUES (1, 'test', '{}')").run();
      });
      expect(database.read((tables) => tables.prepare('SELECT count(*) AS n FROM decisions').get())).toEqual({
        n: 1,
      });
      database.dispose();
    } finally {
      execFileSync('umount', ['-l', home]);
    }
  },
);

async function fill(file: string): Promise<void> {
  const handle = await openFile(file, 'w');
  try {
    for (;;) await handle.write(Buffer.alloc(4096));
  } catch {
    // Full.
  } finally {
    await handle.close();
  }
}

function canMount(): boolean {
  const folder = join(tmpdir(), `trainyard-mount-${process.pid}`);
  try {
    execFileSync('mkdir', [folder]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', ['-l', folder]);
    return true;
  } catch {
    return false;
  } finally {
    execFileSync('rm', ['-rf', folder]);
  }
}
