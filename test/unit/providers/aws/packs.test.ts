import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { packKey, writePlace } from '../../../../src/providers/aws/jobs/place';
import { Objects } from '../../../../src/providers/aws/jobs/storage/objects';
import { sweepPacks } from '../../../../src/providers/aws/jobs/storage/packs';
import { ScriptedAccount } from '../../../fakes/aws/scriptedAccount';
import { never } from '../../../fakes/stateFolder';

const keys = ['one', 'two'].map((id) => packKey('project', 'v', id));

it('packs are deleted that no job is made of, and none while it can’t be read what a job is made of', async () => {
  const home = await mkdtemp(join(tmpdir(), 'trainyard-packs-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const [one, two] = ['one', 'two'].map((id) => join(home, 'jobs', id));
  await mkdir(one ?? '', { recursive: true });
  const uploads = [{ what: 'folder', destination: '', packs: keys.slice(0, 1) }] as const;
  await writePlace(one ?? '', { bucket: 'b', secrets: false, uploads });
  const deleted: unknown[] = [];
  const account = new ScriptedAccount('us-east-1', {
    ListObjectsV2: () => ({ Contents: keys.map((Key) => ({ Key })) }),
    DeleteObjects: ({ Delete }) => {
      deleted.push((Delete as { Objects: unknown }).Objects);
      return {};
    },
  });
  const objects = new Objects(account, { bucket: 'b' });
  // As when the system has no file handles left.
  await mkdir(join(two ?? '', 'aws.json'), { recursive: true });
  await sweepPacks(objects, home, 'project', never);
  expect(deleted).toEqual([]);
  await rm(two ?? '', { recursive: true });
  await sweepPacks(objects, home, 'project', never);
  expect(deleted).toEqual([[{ Key: keys[1] }]]);
});
