import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startToken } from '../../src/node/process';
import { JobsUnderTest, never } from './jobsUnderTest';
import { localHarness } from './localHarness';

const jobs = new JobsUnderTest(localHarness());
const linux = process.platform === 'linux';

async function inBase(files: Record<string, string>): Promise<string> {
  const base = join(jobs.root, 'base');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(base, path, '..'), { recursive: true });
    await writeFile(join(base, path), text);
  }
  return base;
}

describe('the working directory', () => {
  test('each node has its own copy, without what is ignored, and setup and run start in it', async () => {
    await inBase({ 'work/a.txt': 'a', 'work/.gitignore': 'skip', 'work/skip': '' });
    const job = await jobs.run(
      'num_nodes: 2\nworkdir: work\nsetup: echo $SKYPILOT_SETUP_NODE_RANK > mine\nrun: |\n  ls; cat mine a.txt',
    );
    for (const rank of [0, 1]) expect((await jobs.log(job, rank)).toString()).toBe(`a.txt\nmine\n${rank}\na`);
  });

  test('file mounts come to lie in it, folders by their content, over what the workdir has', async () => {
    await inBase({ 'work/a': '1', 'data/x/y': '2', one: '3' });
    const job = await jobs.run(
      'workdir: work\nfile_mounts: {in/data: ./data, in/one.txt: one, a: one}\nrun: cat in/data/x/y in/one.txt a',
    );
    expect((await jobs.log(job)).toString()).toBe('233');
  });

  test.each([
    ['workdir: missing', 'The workdir does not exist', 'base/missing'],
    ['file_mounts: {data: gone/data}', 'The file mount data does not exist', 'base/gone/data'],
  ])('%s is refused with its path, and nothing starts', async (text, message, path) => {
    const job = await jobs.prepare(`${text}\nrun: echo`);
    await expect(job.submit()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(new RegExp(`^${message}.*${path}$`)) as string,
    });
    expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(false);
  });

  test('a mount is never written through a link of the workdir', async () => {
    const base = await inBase({ 'work/a': '', x: 'owned' });
    await symlink(jobs.root, join(base, 'work', 'out'));
    const job = await jobs.prepare('workdir: work\nfile_mounts: {out/file: x}\nrun: echo');
    await expect(job.submit()).rejects.toMatchObject({ kind: 'invalid' });
    expect(await readdir(jobs.root)).not.toContain('file');
  });

  test('a job keeps what it was given when the files change', async () => {
    const base = await inBase({ 'work/a': 'before' });
    const job = await jobs.prepare('workdir: work\nrun: |\n  sleep 0.3\n  cat a');
    await job.submit();
    await writeFile(join(base, 'work/a'), 'after');
    await jobs.end(job);
    expect((await jobs.log(job)).toString()).toBe('before');
  });
});

describe('a git workdir', () => {
  async function repository(): Promise<string> {
    const path = join(jobs.root, 'repo');
    const git = (...words: string[]) =>
      execFileSync('git', ['-C', path, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
        stdio: 'ignore',
      });
    execFileSync('git', ['init', '-q', '-b', 'main', path]);
    await writeFile(join(path, 'a'), 'main');
    git('add', '.');
    git('commit', '-qm', 'one');
    git('checkout', '-qb', 'topic');
    await writeFile(join(path, 'a'), 'topic');
    git('commit', '-qam', 'two');
    git('tag', 'v1');
    git('checkout', '-q', 'main');
    return path;
  }

  test.each([
    ['', 'main'],
    [', ref: topic', 'topic'],
    [', ref: v1', 'topic'],
    [', ref: COMMIT', 'topic'],
  ])('is cloned for each node%s', async (ref, content) => {
    const path = await repository();
    const commit = execFileSync('git', ['-C', path, 'rev-parse', 'topic']).toString().trim();
    const job = await jobs.run(
      `num_nodes: 2\nworkdir: {url: "file://${path}"${ref.replace('COMMIT', commit)}}\nrun: cat a; git remote get-url origin`,
    );
    expect(job.end.state).toBe('succeeded');
    for (const rank of [0, 1])
      expect((await jobs.log(job, rank)).toString()).toBe(`${content}file://${path}\n`);
  });

  test.each([
    ['url: "ext::sh -c touch% owned"', 'not one of a git repository'],
    ['url: "--upload-pack=touch owned"', 'not one of a git repository'],
    ['url: "https://example.invalid/x.git", ref: "--orphan"', 'not one of git'],
    ['url: "file:///nowhere/at/all"', 'can’t be cloned'],
  ])('{%s} is refused', async (workdir, message) => {
    const job = await jobs.prepare(`workdir: {${workdir}}\nrun: echo`);
    await expect(job.submit()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(message) as string,
    });
    expect(await readdir(process.cwd())).not.toContain('owned');
  });

  test('a password in its address reaches the server, and no argument list, error or file', async () => {
    const secret = 'pa55 word/of@the:repository';
    const asked: (string | undefined)[] = [];
    let lists = '';
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      void jobs.harness.commandLines().then((all) => {
        lists += all;
        response.writeHead(asked.length > 1 ? 404 : 401, { 'www-authenticate': 'Basic realm="git"' }).end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}/x.git`;
    try {
      const url = `http://me:${encodeURIComponent(secret)}@${address}`;
      const job = await jobs.prepare(`workdir: {url: ${JSON.stringify(url)}}\nrun: echo`);
      const error = await job.submit().catch(String);
      expect(error).toContain(`http://${address}`);
      expect(asked.at(-1)).toBe(`Basic ${Buffer.from(`me:${secret}`).toString('base64')}`);
      for (const text of [secret, encodeURIComponent(secret)])
        expect([lists.includes(text), String(error).includes(text)]).toEqual([false, false]);
    } finally {
      server.close();
    }
  });
});

describe('the environment', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  test('is that of this process, without what belongs to the editor or an outer job', async () => {
    Object.assign(process.env, {
      FROM_SHELL: 'yes',
      VSCODE_PID: '1',
      ELECTRON_RUN_AS_NODE: '1',
      TRAINYARD_NODE_TOKEN: 'outer',
      SKYPILOT_NODE_RANK: '7',
      MASTER_PORT: '1',
      PET_NNODES: '9',
    });
    const job = await jobs.run('run: env');
    const env = (await jobs.log(job)).toString();
    expect(env).toContain('FROM_SHELL=yes\n');
    expect(env).toContain('SKYPILOT_NODE_RANK=0\n');
    expect(env).toContain('PET_NNODES=1\n');
    expect(env).not.toMatch(/^(VSCODE_|ELECTRON_)|=outer$|^MASTER_PORT=1$/m);
  });

  test('a job can not steer the launcher by its envs', async () => {
    const job = await jobs.run(
      `envs: {TRAINYARD_RUN: /bin/false, TRAINYARD_NUM_NODES: '5', MARKER: ${jobs.marker}}\nrun: echo fine`,
    );
    expect(job.end.nodes.length).toBe(1);
    expect((await jobs.log(job)).toString()).toBe('fine\n');
  });

  test('envs that no program can be given are refused', async () => {
    const job = await jobs.prepare(`envs: {LARGE: "${'x'.repeat(200_000)}"}\nrun: echo`);
    await expect(job.submit()).rejects.toMatchObject({ kind: 'invalid' });
    const nul = await jobs.prepare('envs: {NUL: "a\\0b"}\nrun: echo');
    await expect(nul.submit()).rejects.toMatchObject({ kind: 'invalid' });
    expect(await jobs.facet.settle(nul.id, nul.folder, never)).toBe(false);
  });
});

describe.skipIf(!linux)('a job whose processes are gone', () => {
  /** As if it had begun long before. */
  const age = (folder: string) => utimes(join(folder, 'claim'), 1_700_000_000, 1_700_000_000);

  test('is failed and lost when everything of it was killed at once, and its log ends', async () => {
    const job = await jobs.prepare('num_nodes: 2\nrun: |\n  echo up\n  sleep 100');
    await job.submit();
    await jobs.wrote(job, 'up');
    const following = jobs.log(job);
    await jobs.killAll();
    await age(job.folder);
    expect(await jobs.end(job)).toMatchObject({ state: 'failed', rawState: 'lost' });
    expect((await following).toString()).toBe('up\n');
    expect(await readFile(join(job.folder, 'nodes/1/exit'), 'utf8')).toContain('"reasonKind":"lost"');
  });

  test('is not lost while its launchers live, however long ago it began and whoever died', async () => {
    const go = join(jobs.root, 'go');
    const job = await jobs.prepare(`run: |\n  echo up\n  while [ ! -e '${go}' ]; do sleep 0.05; done`);
    await job.submit();
    await jobs.wrote(job, 'up');
    const starter = /^started (\d+)/.exec(await readFile(join(job.folder, 'claim'), 'utf8'))?.[1];
    process.kill(Number(starter), 'SIGKILL');
    await age(job.folder);
    expect(await jobs.facet.status(job.id, job.folder, never)).toMatchObject({ state: 'running' });
    await writeFile(go, '');
    expect(await jobs.end(job)).toMatchObject({ state: 'succeeded' });
  });

  test('never signals a process that only has the pid of one of them', async () => {
    const job = await jobs.prepare('run: |\n  echo up\n  sleep 100');
    await job.submit();
    await jobs.wrote(job, 'up');
    await jobs.killAll();
    const stranger = spawn('sleep', ['100'], { env: { PATH: process.env.PATH } });
    try {
      const pid = stranger.pid ?? 0;
      // The pid of the launcher, used again by a process that began at another time.
      await writeFile(join(job.folder, 'nodes/0/pid'), `${pid} ${Number(await startToken(pid)) - 1}\n`);
      await writeFile(join(job.folder, 'claim'), `started ${pid}\n`);
      await rm(join(job.folder, 'nodes/0/exit'), { force: true });
      await jobs.facet.stop(job.id, job.folder, 'why', never);
      await age(job.folder);
      expect(await jobs.end(job)).toMatchObject({ state: 'failed', rawState: 'lost' });
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
      await once(stranger, 'exit');
    }
  });
});

describe.skipIf(!linux)('GPUs', () => {
  const before = process.env.PATH;
  afterEach(() => {
    process.env.PATH = before;
    delete process.env.FAKE_GPUS;
  });

  /** An nvidia-smi that answers from a folder (see test/fakes/nvidia-smi). */
  async function fakeGpus(): Promise<string> {
    const folder = join(jobs.root, 'gpus');
    await mkdir(join(folder, 'bin'), { recursive: true });
    await copyFile(resolve('test/fakes/nvidia-smi'), join(folder, 'bin', 'nvidia-smi'));
    await chmod(join(folder, 'bin', 'nvidia-smi'), 0o755);
    await writeFile(
      join(folder, 'csv.3'),
      '0, Tesla T4, 15360\n1, Tesla T4, 15360\n2, Tesla T4, 15360\n3, Tesla T4, 15360\n',
    );
    await writeFile(join(folder, 'csv'), '');
    await writeFile(
      join(folder, 'list'),
      [0, 1, 2, 3].map((gpu) => `GPU ${gpu}: Tesla T4 (UUID: GPU-${gpu})\n`).join(''),
    );
    await writeFile(join(folder, 'exit'), '0');
    process.env.PATH = `${join(folder, 'bin')}:${before ?? ''}`;
    process.env.FAKE_GPUS = folder;
    return folder;
  }

  test('each node sees its own', async () => {
    await fakeGpus();
    const job = await jobs.run(
      'num_nodes: 2\nsetup: echo "setup ${CUDA_VISIBLE_DEVICES-none}"\nrun: echo "$CUDA_VISIBLE_DEVICES $PET_NPROC_PER_NODE $SKYPILOT_NUM_GPUS_PER_NODE"',
      'resources: {infra: local, accelerators: T4:2}',
    );
    expect((await jobs.log(job, 0)).toString()).toBe('setup none\n0,1 2 2\n');
    expect((await jobs.log(job, 1)).toString()).toBe('setup none\n2,3 2 2\n');
  });

  test('an nvidia-smi that never answers makes the plan impossible, in seconds', async () => {
    await writeFile(join(await fakeGpus(), 'hang'), '');
    const { spec } = await jobs.prepare('run: echo', 'resources: {infra: local, accelerators: T4}');
    const started = performance.now();
    const [offer] = await jobs.facet.plan(spec, never);
    expect(offer).toMatchObject({
      possible: false,
      why: expect.stringContaining('nvidia-smi does not answer') as string,
    });
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

describe.skipIf(!linux || process.getuid?.() !== 0)('a full disk (needs root, for a small tmpfs)', () => {
  /** The job's folder on a disk of its own, with so many bytes left. */
  async function onSmallDisk(folder: string, left: number, test: () => Promise<void>): Promise<void> {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    try {
      await writeFile(join(folder, 'filler'), Buffer.alloc(1024 * 1024 - left));
      await test();
    } finally {
      await jobs.killAll();
      execFileSync('umount', ['-l', folder]);
    }
  }

  test.each([0, 4096, 40_000, 100_000, 180_000])(
    'with %i bytes left a job is there or it is not, and which of the two is told',
    async (left) => {
      const job = await jobs.prepare('run: echo ran');
      await onSmallDisk(job.folder, left, async () => {
        const submitted = await job.submit().then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({
              kind: 'unavailable',
              message: expect.stringContaining('disk') as string,
            });
            return false;
          },
        );
        expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(submitted);
        expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(submitted);
        if (submitted) expect((await jobs.end(job)).state).toBe('succeeded');
      });
    },
  );

  test('a job is stopped although there is no room for the reason', async () => {
    const job = await jobs.prepare('run: sleep 100');
    await onSmallDisk(job.folder, 400_000, async () => {
      await job.submit();
      for await (const { nodes } of jobs.facet.watch(job.id, job.folder, never))
        if (nodes[0]?.phase === 'run') break;
      const filler = await open(join(job.folder, 'filler'), 'a');
      await filler.write(Buffer.alloc(1 << 20)).catch(() => undefined);
      await filler.close();
      await jobs.facet.stop(job.id, job.folder, 'Enough.', never);
      expect(await jobs.end(job)).toMatchObject({ state: 'stopped' });
    });
  });
});
