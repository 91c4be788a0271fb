import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import { sshMachine } from '../fakes/sshd/machine';
import { SshdServer, type SshdOptions } from '../fakes/sshd/sshdServer';
import { JobsUnderTest, never } from './jobsUnderTest';
import { harnessOf, TestHosts } from './sshHarness';

const root = process.getuid?.() === 0;
const scratch = mkdtempSync(join(tmpdir(), 'trainyard-host-faults-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe.skipIf(!root)(
  'with a disk that takes nothing on one of two hosts (needs root, for a small tmpfs)',
  () => {
    const hosts = new TestHosts(['a', 'b']);
    const jobs = new JobsUnderTest(hosts.harness());

    /** What we keep on a host is on a disk of its own. */
    async function onDisk(
      host: number,
      options: string,
      prepare: (folder: string) => Promise<void>,
      work: () => Promise<void>,
    ): Promise<void> {
      const folder = join(hosts.servers[host]?.home ?? '', '.trainyard');
      mkdirSync(folder, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
      try {
        await prepare(folder);
        await work();
      } finally {
        await jobs.killAll();
        execFileSync('umount', ['-l', folder]);
      }
    }

    test.each([
      [0, 0],
      [0, 100_000],
      [0, 200_000],
      [1, 0],
      [1, 300_000],
      [1, 450_000],
      [1, 1_000_000],
    ])(
      'on host %i, with %i bytes left, a job is there or it is not, and which of the two is told',
      async (host, left) => {
        const job = await jobs.prepare('num_nodes: 2\nworkdir: .\nrun: cat large | wc -c');
        await writeFile(join(job.baseFolder, 'large'), Buffer.alloc(100_000, 'x'));
        const fill = (folder: string) =>
          writeFile(join(folder, 'filler'), Buffer.alloc(2 * 1024 * 1024 - left));
        await onDisk(host, 'size=2m', fill, async () => {
          const submitted = await job.submit().then(
            () => true,
            (error: unknown) => {
              expect(String(error)).toMatch(/the disk is full\. Make room on [ab], and try again/);
              return false;
            },
          );
          expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(submitted);
          expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(submitted);
          if (!submitted) return jobs.nothingRuns();
          // It may have been there before the last of the room was gone; then that is what ended it.
          const { state, exit } = await jobs.end(job);
          const full = state === 'failed' && exit?.reason.includes('the disk is full') === true;
          expect([full ? 'full' : state, (await jobs.log(job, host)).toString()]).toEqual(
            full ? ['full', ''] : ['succeeded', '100000\n'],
          );
        });
      },
    );

    test('that can only be read, a job is refused with the host’s name, and nothing of it runs', async () => {
      const job = await jobs.prepare('num_nodes: 2\nrun: sleep 100');
      await onDisk(
        1,
        'size=2m,ro',
        () => Promise.resolve(),
        async () => {
          await expect(job.submit()).rejects.toThrow(/b does not let it be written .*Read-only file system/);
          expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(false);
          await jobs.nothingRuns();
        },
      );
    });
  },
);

/** One host for the tests of a group, and its jobs. */
function oneHost(options: () => SshdOptions): {
  readonly jobs: JobsUnderTest;
  readonly server: () => SshdServer;
} {
  let server: SshdServer;
  let machine: SshMachine | undefined;
  beforeAll(async () => {
    server = await SshdServer.start(options());
  });
  afterAll(async () => {
    machine?.dispose();
    await server.stop();
  });
  const hosts = () => {
    machine?.dispose();
    machine = sshMachine(server, 'a');
    return [{ alias: 'a', home: server.home, machine }];
  };
  return { jobs: new JobsUnderTest(harnessOf('ssh/a', hosts)), server: () => server };
}

describe.skipIf(!SshdServer.canAccounts)(
  'a home folder of somebody else (needs root, for another user)',
  () => {
    const { jobs, server } = oneHost(() => ({ shell: '/bin/bash' }));

    test('refuses the job and says what does not let itself be written', async () => {
      chmodSync(server().home, 0o755);
      execFileSync('chown', ['root', server().home]);
      const job = await jobs.prepare('run: echo');
      await expect(job.submit()).rejects.toThrow(/a does not let it be written .*Permission denied/);
    });
  },
);

/** A folder with links to all that this computer has, but for these. */
function programsWithout(...absent: readonly string[]): string {
  const bin = mkdtempSync(join(scratch, 'bin-'));
  for (const folder of ['/bin', '/usr/bin'])
    for (const name of readdirSync(folder))
      if (!absent.includes(name)) {
        rmSync(join(bin, name), { force: true });
        symlinkSync(join(folder, name), join(bin, name));
      }
  return bin;
}

describe.each(['tar', 'awk', 'xargs'])('a host without %s', (name) => {
  const { jobs } = oneHost(() => ({ environment: { PATH: programsWithout(name) } }));

  test('is no place for a job, and it is said what it lacks', async () => {
    const job = await jobs.prepare('run: echo');
    const said = new RegExp(`Jobs need ${name} on a. Install it there, and try again|There is no ${name}`);
    const [offer] = await jobs.facet.plan(job.spec, never);
    expect(offer).toMatchObject({ possible: false, why: expect.stringMatching(said) as string });
    await expect(job.submit()).rejects.toThrow(said);
  });
});

describe('the GPUs of a host', () => {
  const folder = join(scratch, 'gpus');
  const gpus = '0, Tesla T4, 15360\n1, Tesla T4, 15360\n2, Tesla T4, 15360\n3, Tesla T4, 15360\n';
  const { jobs } = oneHost(() => {
    mkdirSync(join(folder, 'bin'), { recursive: true });
    copyFileSync(resolve('test/fakes/nvidia-smi'), join(folder, 'bin', 'nvidia-smi'));
    chmodSync(join(folder, 'bin', 'nvidia-smi'), 0o755);
    const path = `${join(folder, 'bin')}:/usr/local/bin:/usr/bin:/bin`;
    return { environment: { PATH: path, FAKE_GPUS: folder } };
  });
  const four = 'resources: {infra: "ssh/a", accelerators: T4:2}';

  test('are dealt out to its nodes, and setup sees none of them', async () => {
    await writeFile(join(folder, 'csv.3'), gpus);
    const job = await jobs.run(
      'num_nodes: 2\nsetup: echo "setup ${CUDA_VISIBLE_DEVICES-none}"\nrun: echo "$CUDA_VISIBLE_DEVICES $PET_NPROC_PER_NODE $SKYPILOT_NUM_GPUS_PER_NODE"',
      four,
    );
    expect((await jobs.log(job, 0)).toString()).toBe('setup none\n0,1 2 2\n');
    expect((await jobs.log(job, 1)).toString()).toBe('setup none\n2,3 2 2\n');
  });

  test('that are too few for all its nodes make the job impossible there', async () => {
    await writeFile(join(folder, 'csv.3'), gpus);
    const job = await jobs.prepare('num_nodes: 3\nrun: echo', four);
    const [offer] = await jobs.facet.plan(job.spec, never);
    expect(offer).toMatchObject({ possible: false, why: expect.stringContaining('T4') as string });
    await expect(job.submit()).rejects.toThrow('T4');
  });
});
