import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheKey } from '../../src/providers/ssh/jobs/upload';
import { until } from '../fakes/until';
import { JobsUnderTest, never } from './jobsUnderTest';
import { TestHosts } from './sshHarness';

const hosts = new TestHosts(['a', 'b']);
const jobs = new JobsUnderTest(hosts.harness());
const home = (host: number) => hosts.servers[host]?.home ?? '';
const workdirs = (host: number) => join(home(host), '.trainyard', 'workdirs');

async function inBase(files: Record<string, string>): Promise<string> {
  const base = join(jobs.root, 'base');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(base, path, '..'), { recursive: true });
    await writeFile(join(base, path), text);
  }
  return base;
}

describe('what a job brings along', () => {
  test('each node of each host has its own copy, without what is ignored, and setup and run start in it', async () => {
    await inBase({ 'work/a.txt': 'a', 'work/.gitignore': 'skip', 'work/skip': '' });
    const job = await jobs.run(
      'num_nodes: 3\nworkdir: work\nsetup: echo $SKYPILOT_SETUP_NODE_RANK > mine\nrun: |\n  ls; cat mine a.txt',
    );
    expect(job.end.state).toBe('succeeded');
    for (const rank of [0, 1, 2])
      expect((await jobs.log(job, rank)).toString()).toBe(`a.txt\nmine\n${rank}\na`);
  });

  test('modes, times, links and names of any kind arrive as they are', async () => {
    const long = `${'d'.repeat(120)}/${'e'.repeat(120)}`;
    const names = [
      '-rf',
      ' lead and trail ',
      'new\nline',
      'quote\'s "and" $HOME `x`',
      'é 日本 🎉',
      '*?[',
      '@at',
      '..dots',
      long,
    ];
    const base = await inBase(Object.fromEntries(names.map((name) => [`work/${name}`, name])));
    await symlink('-rf', join(base, 'work', 'link'));
    await symlink('/etc/passwd', join(base, 'work', 'out'));
    await mkdir(join(base, 'work', 'empty'));
    execFileSync('chmod', ['755', join(base, 'work', '*?[')]);
    await utimes(join(base, 'work', '@at'), 1_600_000_000, 1_600_000_000);
    const job = await jobs.run(
      `workdir: work\nrun: |\n  find . -type f -exec sh -c 'for f; do printf "%s=%s;" "$f" "$(cat -- "$f")"; done' sh {} + | od -An -c | tr -d ' \\n' | wc -c\n  find . -type f | wc -l; readlink link out; stat -c %a '*?['; stat -c %Y @at; ls -d empty; cat -- ./-rf ./${long}`,
    );
    const lines = (await jobs.log(job)).toString().split('\n');
    expect(lines.slice(1)).toEqual([
      String(names.length + 1),
      '-rf',
      '/etc/passwd',
      '755',
      '1600000000',
      'empty',
      `-rf${long}`,
    ]);
  });

  test('a second job with the same files sends nothing, and one with changes only those', async () => {
    const base = await inBase({ 'work/a': '1', 'work/b': '2', 'work/sub/c': '3', 'work/old': 'x' });
    const first = await jobs.run('workdir: work\nrun: cat a b sub/c old; echo mine > a');
    expect((await jobs.log(first)).toString()).toBe('123x');
    const key = cacheKey(join(base, 'work'));
    const [version = ''] = await readdir(join(workdirs(0), key));
    const inode = async (name: string, of: string) =>
      (await stat(join(workdirs(0), key, of, 'files', name))).ino;
    const before = await inode('b', version);
    const same = await jobs.run('workdir: work\nrun: cat a b sub/c old');
    expect((await jobs.log(same)).toString()).toBe('123x');
    expect(await readdir(join(workdirs(0), key))).toEqual([version]);
    await writeFile(join(base, 'work/a'), 'new');
    await rm(join(base, 'work/old'));
    await rm(join(base, 'work/sub'), { recursive: true });
    await writeFile(join(base, 'work/sub'), 'now a file');
    const changed = await jobs.run('workdir: work\nrun: ls; cat a b sub');
    expect((await jobs.log(changed)).toString()).toBe('a\nb\nsub\nnew2now a file');
    const other = (await readdir(join(workdirs(0), key))).find((name) => name !== version) ?? '';
    // Not sent again: the same file on the host's disk.
    expect(await inode('b', other)).toBe(before);
    expect(await inode('a', other)).not.toBe(await inode('a', version));
    // And what a job wrote into its copy is its own.
    expect(await readFile(join(workdirs(0), key, version, 'files', 'a'), 'utf8')).toBe('1');
  });

  test('what somebody took out of the host’s copy comes back', async () => {
    await inBase({ 'again/a': '1', 'again/b': '2' });
    await jobs.run('workdir: again\nrun: cat a b');
    for (const key of await readdir(workdirs(0)))
      for (const version of await readdir(join(workdirs(0), key)))
        await rm(join(workdirs(0), key, version, 'files', 'b'), { force: true });
    const job = await jobs.run('workdir: again\nrun: cat a b');
    expect((await jobs.log(job)).toString()).toBe('12');
  });

  test('two submissions of the same files at once both have them', async () => {
    await inBase(
      Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`twice/${index}`, String(index)])),
    );
    const text = 'workdir: twice\nrun: cat * | wc -c';
    const both = await Promise.all([jobs.run(text), jobs.run(text)]);
    for (const job of both) expect((await jobs.log(job)).toString().trim()).toBe('90');
  });

  test('file mounts come to lie in the working directory, from the root and in the home folder', async () => {
    await inBase({ 'work/a': '1', 'data/x/y': '2', one: '3' });
    const absolute = join(jobs.root, 'absolute');
    const job = await jobs.run(
      `workdir: work\nfile_mounts: {in/data: ./data, in/one.txt: one, a: one, ${absolute}/deep: ./data, ~/models/: ./data}\nrun: cat in/data/x/y in/one.txt a ${absolute}/deep/x/y ~/models/x/y`,
    );
    expect((await jobs.log(job)).toString()).toBe('23322');
    expect(jobs.facet.unsupported(job.spec)).toEqual([]);
  });

  test('a mount is never written through a link of the workdir', async () => {
    const base = await inBase({ 'work/a': '', x: 'owned' });
    await symlink(jobs.root, join(base, 'work', 'out'));
    for (const mount of ['out/file', 'out/deep/file']) {
      const job = await jobs.prepare(`workdir: work\nfile_mounts: {${mount}: x}\nrun: echo`);
      await expect(job.submit()).rejects.toMatchObject({ kind: 'invalid' });
    }
    expect(await readdir(jobs.root)).toEqual(['base', 'jobs']);
  });

  test('a git workdir is cloned here, with what git has here, and goes to each node', async () => {
    const path = join(jobs.root, 'repo');
    const git = (...words: string[]) =>
      execFileSync('git', ['-C', path, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
        stdio: 'ignore',
      });
    execFileSync('git', ['init', '-q', '-b', 'main', path]);
    await writeFile(join(path, 'a'), 'cloned');
    git('add', '.');
    git('commit', '-qm', 'one');
    const job = await jobs.run(
      `num_nodes: 2\nworkdir: {url: "file://${path}", ref: main}\nrun: cat a; git remote get-url origin`,
    );
    for (const rank of [0, 1]) expect((await jobs.log(job, rank)).toString()).toBe(`clonedfile://${path}\n`);
    expect((await readdir(job.folder)).filter((name) => name.startsWith('clone'))).toEqual([]);
  });

  test('an upload that is cancelled leaves nothing half, and the next goes through', async () => {
    const base = await inBase({ 'large/a': 'a' });
    await writeFile(join(base, 'large/big'), Buffer.alloc(200 << 20));
    const job = await jobs.prepare('workdir: large\nrun: cat a');
    const cancel = new AbortController();
    const submitted = job.submit(cancel.signal);
    await until('bytes arrive', () => {
      const found = execFileSync('find', [workdirs(0), '-name', '*.draft', '-size', '+0']).toString();
      return found !== '';
    });
    cancel.abort();
    await expect(submitted).rejects.toMatchObject({ name: 'CancelledError' });
    expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(false);
    await until('the draft is gone', () => {
      return execFileSync('find', [workdirs(0), '-name', '*.draft']).toString() === '';
    });
    const again = await jobs.run('workdir: large\nrun: cat a');
    expect((await jobs.log(again)).toString()).toBe('a');
  });
});

test('what submissions left that were cut off goes when others come, and nothing else', async () => {
  const folder = (id: string) => join(home(0), '.trainyard/jobs', id);
  const left = async (id: string) => readdir(folder(id)).catch(() => 'nothing');
  const aged = async (id: string, days: number) => {
    const then = Date.now() / 1000 - days * 86_400;
    await utimes(folder(id), then, then);
  };
  const base = await inBase({ 'cut/a': '', x: '' });
  await symlink(jobs.root, join(base, 'cut', 'out'));
  // As from a computer that was switched off in the middle: the job's folder is there, and nobody has decided anything.
  const cutOff = async () => {
    const job = await jobs.prepare('workdir: cut\nfile_mounts: {out/file: x}\nrun: echo');
    await expect(job.submit()).rejects.toMatchObject({ kind: 'invalid' });
    expect(await left(job.id)).toContain('launcher');
    return job;
  };
  const [old, young, givenUp] = [await cutOff(), await cutOff(), await cutOff()];
  expect(await jobs.facet.settle(givenUp.id, givenUp.folder, never)).toBe(false);
  const ran = await jobs.run('run: echo');
  await aged(ran.id, 100);
  await aged(old.id, 8);
  await aged(young.id, 6);
  const next = async () => {
    await jobs.run('run: echo');
    return Promise.all([old, young, givenUp].map(({ id }) => left(id)));
  };
  expect(await next()).toEqual([['claim'], expect.arrayContaining(['launcher']), ['claim']]);
  await aged(old.id, 2);
  await aged(givenUp.id, 2);
  expect(await next()).toEqual(['nothing', expect.arrayContaining(['launcher']), 'nothing']);
  expect((await jobs.facet.status(ran.id, ran.folder, never)).state).toBe('succeeded');
  // Whoever comes back late hears what became of it.
  expect(await jobs.facet.settle(old.id, old.folder, never)).toBe(false);
});

describe('a job over two hosts', () => {
  test('its nodes know the addresses of all, in rank order', async () => {
    const job = await jobs.run(
      'num_nodes: 3\nrun: |\n  echo $SKYPILOT_NODE_IPS $MASTER_ADDR $NCCL_SOCKET_IFNAME; ls ~/.trainyard/jobs/*/nodes | grep -c .',
    );
    for (const rank of [0, 1, 2])
      expect((await jobs.log(job, rank)).toString()).toContain(
        '127.0.0.1 127.0.0.1 127.0.0.2 127.0.0.1 lo\n',
      );
    expect(await readdir(join(home(0), '.trainyard/jobs', job.id, 'nodes'))).toEqual(['0', '1']);
    expect(await readdir(join(home(1), '.trainyard/jobs', `${job.id}.1`, 'nodes'))).toEqual(['2']);
  });

  test('has the environment that a login has', async () => {
    await writeFile(
      join(home(0), '.bash_profile'),
      'export FROM_PROFILE=yes\necho noise\nread -r line\ncd\n',
    );
    try {
      const job = await jobs.run('run: echo $FROM_PROFILE');
      expect((await jobs.log(job)).toString()).toBe('yes\n');
    } finally {
      await rm(join(home(0), '.bash_profile'));
    }
  });

  test('one that has fewer nodes than hosts uses the first ones, and the plan says so', async () => {
    const job = await jobs.prepare('run: echo one');
    expect(await jobs.facet.plan(job.spec, never)).toMatchObject([
      { nodes: 1, possible: true, why: 'a will do: the job has 1 node.', hourlyUsd: null },
    ]);
    await job.submit();
    expect((await jobs.end(job)).state).toBe('succeeded');
    expect(await readdir(join(home(1), '.trainyard/jobs'))).not.toContain(`${job.id}.1`);
  });

  test('that a GPU is missing is known in the plan, by the name of the host', async () => {
    const { spec } = await jobs.prepare(
      'num_nodes: 2\nrun: echo',
      'resources: {infra: "ssh/a,b", accelerators: A100:8}',
    );
    expect(await jobs.facet.plan(spec, never)).toMatchObject([
      { possible: false, why: 'It needs A100:8, and a has no NVIDIA GPU.' },
    ]);
  });

  test('is failed and lost when everything of it was killed at once, and its log ends', async () => {
    const job = await jobs.prepare('num_nodes: 2\nrun: |\n  echo up\n  sleep 100');
    await job.submit();
    await jobs.wrote(job, 'up');
    const following = jobs.log(job);
    await jobs.killAll();
    for (const [host, name] of [job.id, `${job.id}.1`].entries()) {
      const claim = join(home(host), '.trainyard/jobs', name, 'claim');
      // As if it had begun long before.
      const text = await readFile(claim, 'utf8');
      await writeFile(claim, text.replace(/^(started \d+) \d+/, '$1 1700000000000'));
    }
    expect(await jobs.end(job)).toMatchObject({ state: 'failed', rawState: 'lost' });
    expect((await following).toString()).toBe('up\n');
  });

  test('is lost with its reason when a host was restarted', async () => {
    const job = await jobs.prepare('num_nodes: 2\nrun: |\n  echo up\n  sleep 100');
    await job.submit();
    await jobs.wrote(job, 'up');
    const claim = join(home(1), '.trainyard/jobs', `${job.id}.1`, 'claim');
    await writeFile(claim, (await readFile(claim, 'utf8')).replace(/ \S+$/m, ' another-boot'));
    const pid = join(home(1), '.trainyard/jobs', `${job.id}.1`, 'nodes/1/pid');
    const [launcher] = (await readFile(pid, 'utf8')).split(' ');
    process.kill(Number(launcher), 'SIGKILL');
    const end = await jobs.end(job);
    expect(end).toMatchObject({ state: 'failed', exit: { node: 1 } });
    expect(end.nodes.map(({ state }) => state)).toEqual(['stopped', 'failed']);
    await jobs.nothingRuns();
  });

  test('whose folder is gone from a host is failed, and says so', async () => {
    const job = await jobs.run('num_nodes: 2\nrun: echo');
    await rm(join(home(1), '.trainyard/jobs', `${job.id}.1`), { recursive: true });
    expect(await jobs.facet.status(job.id, job.folder, never)).toMatchObject({
      state: 'failed',
      exit: { reason: 'The job’s folder is gone from b.' },
    });
  });

  test('given up before its first host was started, it ends on the others and leaves nothing but the word of it', async () => {
    const job = await jobs.prepare('num_nodes: 2\nrun: sleep 100');
    // As a crash between the two starts would leave it.
    await job.submit();
    await until('all is up', async () => (await jobs.processes()).length > 3);
    await rm(join(job.folder, 'claim'));
    const first = join(home(0), '.trainyard/jobs', job.id);
    for (const pid of await jobs.processes())
      if (
        (await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')).includes(
          `TRAINYARD_TEST_SSHD=${join(home(0), '..')}`,
        )
      )
        process.kill(pid, 'SIGKILL');
    await rm(first, { recursive: true });
    expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(false);
    await jobs.nothingRuns();
    expect(await readdir(first)).toEqual(['claim']);
    expect(await readdir(join(home(1), '.trainyard/jobs', `${job.id}.1`))).toEqual(['claim']);
  });

  test('deleted, it is gone from its hosts', async () => {
    const job = await jobs.run('num_nodes: 2\nrun: echo');
    await jobs.facet.remove?.(job.id, job.folder, never);
    for (const host of [0, 1])
      expect((await readdir(join(home(host), '.trainyard/jobs'))).join()).not.toContain(job.id);
  });

  test('its outputs can be brought here', async () => {
    const job = await jobs.run(
      'num_nodes: 2\nrun: |\n  mkdir -p out/deep\n  echo "from $SKYPILOT_NODE_RANK" > out/deep/a.txt\n  ln -s /etc/passwd out/link\ntrainyard: {outputs: {model: ./out}}',
    );
    for (const [name, text] of [
      ['model', 'from 0\n'],
      ['node-1/model', 'from 1\n'],
    ] as const) {
      const to = join(jobs.root, `got-${name.length}`);
      await jobs.facet.download?.(job.id, job.folder, name, to, () => undefined, never);
      expect(await readFile(join(to, 'deep/a.txt'), 'utf8')).toBe(text);
      expect(await readdir(to)).toEqual(['deep']);
    }
    const to = join(jobs.root, 'none');
    await expect(
      jobs.facet.download?.(job.id, job.folder, 'other', to, () => undefined, never),
    ).rejects.toMatchObject({ name: 'ProviderError', kind: 'notFound' });
    expect((await readdir(jobs.root)).filter((name) => name.startsWith('none'))).toEqual([]);
  });
});
