import type { AwsAccount } from '../account/account';
import { Objects } from './storage/objects';
import { homeOf, projectIn, sweepPacks, withPackLock } from './storage/packs';
import { jobKeys, readPlace, writePlace } from './place';

/**
 * Deletes a job's objects from S3, outputs and checkpoints included, and the packs that only it was made of. SageMaker keeps its record of the
 * job, and CloudWatch the log.
 */
export async function remove(
  account: AwsAccount,
  id: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const place = await readPlace(folder);
  if (!place) return;
  const objects = new Objects(account, place);
  await objects.remove(await objects.list(jobKeys.all(id), signal), signal);
  const home = homeOf(folder);
  const projects = new Set(place.uploads.flatMap(({ packs }) => packs).map(projectIn));
  if (projects.size === 0) return;
  await withPackLock(home, signal, async () => {
    await writePlace(folder, { ...place, uploads: [] });
    for (const project of projects) await sweepPacks(objects, home, project, signal);
  });
}

/** Deletes the values of its secrets once it has ended: nobody asks for them again. */
export async function forgetSecrets(
  account: AwsAccount,
  id: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const place = await readPlace(folder);
  if (!place?.secrets) return;
  await new Objects(account, place).remove([jobKeys.secrets(id)], signal);
  await writePlace(folder, { ...place, secrets: false });
}
