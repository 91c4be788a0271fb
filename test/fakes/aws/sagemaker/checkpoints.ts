import type { S3Client } from '@aws-sdk/client-s3';
import type { CheckpointConfig } from '@aws-sdk/client-sagemaker';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from './host';
import { filesBelow, getObject, listObjects, putFile, s3Place } from './objects';

/** Keeps a host's folder of checkpoints and its place in S3 alike, while the job runs and over restarts. */
export class Checkpoints {
  private readonly folder: string;
  private readonly uri: string;
  /** Path to size and time of what S3 has. */
  private readonly sent = new Map<string, string>();
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly s3: S3Client,
    { S3Uri = '', LocalPath = '/opt/ml/checkpoints' }: CheckpointConfig,
    host: Host,
  ) {
    this.folder = host.path(LocalPath.endsWith('/') ? LocalPath.slice(0, -1) : LocalPath);
    this.uri = S3Uri.endsWith('/') ? S3Uri : `${S3Uri}/`;
  }

  async restore(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const { bucket } = s3Place(this.uri);
    for (const { key, path } of await listObjects(this.s3, this.uri)) {
      const local = join(this.folder, path);
      await getObject(this.s3, bucket, key, local);
      this.sent.set(path, await stampOf(local));
    }
  }

  /** Sends what is new. One at a time. */
  send(): Promise<void> {
    return (this.sending = this.sending.catch(() => undefined).then(() => this.sendNow()));
  }

  private async sendNow(): Promise<void> {
    for (const path of await filesBelow(this.folder)) {
      const local = join(this.folder, path);
      const stamp = await stampOf(local);
      if (stamp === '' || this.sent.get(path) === stamp) continue;
      await putFile(this.s3, local, this.uri + path);
      this.sent.set(path, stamp);
    }
  }
}

/** Empty where it went away meanwhile. */
async function stampOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found ? `${found.size} ${found.mtimeMs}` : '';
}
