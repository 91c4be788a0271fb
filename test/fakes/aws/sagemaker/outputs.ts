import type { S3Client } from '@aws-sdk/client-s3';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Host } from './host';
import { filesBelow, putFile } from './objects';

/**
 * Sends what the hosts left in a folder such as /opt/ml/model: one archive of all, or, `asFiles`, each by itself. Nothing where there is
 * nothing. Of two files with one name the first host's is kept.
 */
export async function sendOutput(
  s3: S3Client,
  hosts: readonly Host[],
  folder: string,
  /** Of the archive without `.tar.gz`; of the folder of files. */
  uri: string,
  asFiles: boolean,
): Promise<void> {
  const merged = await mkdtemp(join(tmpdir(), 'trainyard-sagemaker-output-'));
  try {
    const all = join(merged, 'all');
    await mkdir(all);
    for (const host of [...hosts].reverse())
      await cp(host.path(folder), all, { recursive: true, force: true, verbatimSymlinks: true });
    const names = await readdir(all);
    if (names.length === 0) return;
    if (asFiles) {
      for (const path of await filesBelow(all)) await putFile(s3, join(all, path), `${uri}/${path}`);
    } else {
      const archive = join(merged, 'archive.tar.gz');
      await promisify(execFile)('tar', ['-czf', archive, '-C', all, '--', ...names]);
      await putFile(s3, archive, `${uri}.tar.gz`);
    }
  } finally {
    await rm(merged, { recursive: true, force: true });
  }
}
