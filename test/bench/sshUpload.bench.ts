import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { workdirFiles } from '../../src/node/workdirFiles';
import { HostScripts } from '../../src/providers/ssh/jobs/hostScripts';
import { manifestOf } from '../../src/providers/launched/manifest';
import { upload } from '../../src/providers/ssh/jobs/upload';
import { sshMachine } from '../fakes/sshd/machine';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { median, type Bench, type Row } from './row';

/** A peer that held this process up would look to our connection as if the computer had slept. */
const execute = promisify(execFile);
const never = new AbortController().signal;
const files = 10_000;
const fileBytes = 100_000;

/** Uploading a workdir of 10,000 files and 1 GB to a real OpenSSH server on this computer: all of it, nothing of it, and one file. */
export const bench: Bench = async () => {
  const root = mkdtempSync(join(tmpdir(), 'trainyard-upload-'));
  const server = await SshdServer.start();
  const machine = sshMachine(server, 'a');
  try {
    const source = join(root, 'work');
    for (let folder = 0; folder < 100; folder += 1) {
      mkdirSync(join(source, String(folder)), { recursive: true });
      for (let file = 0; file < files / 100; file += 1)
        writeFileSync(join(source, String(folder), `${file}.bin`), Buffer.alloc(fileBytes, folder + file));
    }
    const config = join(root, 'config');
    writeFileSync(config, server.configText('a'));
    const scripts = new HostScripts('a', machine, resolve('src/remote'));
    await machine.attach({}, never);
    const ours = async () => {
      const manifest = manifestOf(await workdirFiles(source, 'workdir', { signal: never }));
      return upload(scripts, { source, what: 'workdir' }, manifest, () => undefined, never);
    };
    const rsync = () =>
      execute('rsync', ['-a', '--delete', '-e', `ssh -F ${config}`, `${source}/`, 'a:rsynced/']);
    const tar = () =>
      execute('sh', [
        '-c',
        'tar -C "$1" -cf - . | ssh -F "$2" a "mkdir -p tarred && tar -C tarred -xf -"',
        'sh',
        source,
        config,
      ]);
    const first = await timed(ours);
    const firstTar = await timed(tar);
    const firstRsync = await timed(rsync);
    const again: number[] = [];
    const againRsync: number[] = [];
    let sent = 0;
    for (let round = 0; round < 5; round += 1) {
      again.push(await timed(async () => (sent += (await ours()).bytes)));
      againRsync.push(await timed(rsync));
    }
    writeFileSync(join(source, '7', '7.bin'), Buffer.alloc(fileBytes, 1));
    const one = await timed(ours);
    const oneRsync = await timed(rsync);
    const row = (
      metric: string,
      value: number,
      peer: string,
      theirs: number,
      more: Partial<Row> = {},
    ): Row => ({
      number: 9,
      metric: `upload over SSH, 10,000 files, 1 GB: ${metric}`,
      ours: value,
      unit: 'ms',
      peer: { name: peer, value: theirs },
      ...more,
    });
    return [
      row('nothing changed', median(again), 'rsync -a', median(againRsync), {
        target: { atMost: 250 },
        note: `${sent} bytes sent, in each of 5 rounds; the host’s copy for the job comes on top, as does rsync’s`,
      }),
      row('one file changed', one, 'rsync -a', oneRsync),
      row('all of it', first, 'tar over ssh', firstTar, { note: `rsync -a ${firstRsync.toFixed(0)} ms` }),
    ];
  } finally {
    machine.dispose();
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  }
};

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
