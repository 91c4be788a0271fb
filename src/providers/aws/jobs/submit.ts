import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { join } from 'node:path';
import { ProviderError, throwIfCancelled } from '../../../core/errors';
import type { Submission } from '../../../core/provider';
import { isSystemError, writeAtomic } from '../../../node/files';
import { withPrepared, type Prepared } from '../../launched/prepared';
import { bucketOf, type BucketPlace } from './storage/bucket';
import { changeClaim, makeClaim, readClaim } from './claim';
import { jobInput, type JobInput } from './input';
import { objectMounts } from './storage/mountSources';
import { Objects } from './storage/objects';
import { homeOf, placed, planPacks, rememberPacks, withPackLock, type PackPlan } from './storage/packs';
import { uploadPack } from './storage/packUpload';
import { jobKeys, ownPacks, writePlace, type JobPlace } from './place';
import { withField } from './plan/refusal';
import { outputUri, settle, settleAsked, takeBack, type SettleParts } from './settle';

/** `s3://…` of where a job's things lie. */
export interface JobUris {
  readonly input: string;
  /** Absent where nothing is brought along. */
  readonly code?: string;
  readonly mounts: string;
  readonly output: string;
  readonly checkpoints: string;
}

export interface SubmitParts extends Omit<SettleParts, 'creating'> {
  readonly remoteFolder: string;
  readonly creating: Map<string, Promise<unknown>>;
  /** The request for the job, once it is known where its things are, and which of its mounts are one object. */
  readonly requestFor: (
    signal: AbortSignal,
  ) => Promise<(uris: JobUris, objects: ReadonlySet<string>) => CreateTrainingJobCommandInput>;
}

/** What SageMaker was asked for, for people. */
const requestFile = 'request.json';

/** Kinds of errors with which AWS has said no for good. */
const refusals: ReadonlySet<string> = new Set(['invalid', 'quota', 'forbidden', 'notFound']);

const never = new AbortController().signal;

/**
 * Brings the job to S3 and asks SageMaker for it, under its id as its name. The claim in the job's own folder comes right before that: until then
 * nothing runs, and what is in S3 is taken back by `settle`. Submitted again, it is left as it is.
 */
export async function submit(parts: SubmitParts, submission: Submission, signal: AbortSignal): Promise<void> {
  const { id, folder, spec } = submission;
  throwIfCancelled(signal);
  const before = await readClaim(folder);
  if (before === 'exists') return;
  if (before !== undefined) {
    if (before === 'asked' && (await settle(parts, id, folder, signal))) return;
    throw givenUp(id);
  }
  submission.onProgress(`Looking at ${parts.account.region}`);
  const requestAt = await parts.requestFor(signal);
  const mounted = await objectMounts(parts.account, spec, signal);
  const bucket = await bucketOf(parts.account, spec, signal);
  try {
    await withPrepared(submission, signal, async (prepared) => {
      const objects = new Objects(parts.account, bucket);
      const { place, plans } = await choose(objects, submission, bucket, prepared, signal);
      const request = requestAt(urisOf(place, id), mounted);
      await writeAtomic(join(folder, requestFile), `${JSON.stringify(request, undefined, 2)}\n`);
      for (const plan of plans) await uploadPack(objects, plan, submission.onProgress, signal);
      await send(objects, id, await jobInput(parts.remoteFolder, submission, place, mounted), signal);
      throwIfCancelled(signal);
      submission.onProgress('Starting the job');
      if (!(await makeClaim(folder, 'asked'))) throw givenUp(id);
      await create(parts, submission, request);
      await remember(parts, folder, plans);
    });
  } catch (error) {
    // It was given up meanwhile, by somebody who could not know what was still to come.
    if ((await readClaim(folder)) === 'none') await takeBack(parts, id, folder, never);
    if (isSystemError(error, 'ENOSPC', 'EDQUOT'))
      throw new ProviderError('unavailable', `The disk is full. Make room and submit again: ${folder}`, {
        cause: error,
      });
    throw withField(error, 'The job can’t be started', spec);
  }
}

/** Which packs the job is made of; before anything is sent, the job's folder says so. */
async function choose(
  objects: Objects,
  { id, folder, secrets }: Submission,
  bucket: BucketPlace,
  prepared: readonly Prepared[],
  signal: AbortSignal,
): Promise<{ readonly place: JobPlace; readonly plans: readonly PackPlan[] }> {
  const home = homeOf(folder);
  const missing = new Set<string>();
  for (;;) {
    const { place, plans } = await withPackLock(home, signal, async () => {
      const made = await planPacks(home, bucket, prepared, id, missing);
      const chosen: JobPlace = { ...bucket, secrets: secrets.size > 0, uploads: made.map(placed) };
      await writePlace(folder, chosen);
      return { place: chosen, plans: made };
    });
    const own = new Set(ownPacks(place, id));
    const there = new Set(place.uploads.flatMap(({ packs }) => packs).filter((key) => !own.has(key)));
    const sizes = await Promise.all(
      [...there].map(async (key) => [key, await objects.size(key, signal)] as const),
    );
    const gone = sizes.filter(([, size]) => size === undefined);
    if (gone.length === 0) return { place, plans };
    for (const [key] of gone) missing.add(key);
  }
}

async function send(
  objects: Objects,
  id: string,
  { objects: input, code, mounts }: JobInput,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([
    ...[...input].map(([name, bytes]) => objects.put(`${jobKeys.input(id)}${name}`, bytes, signal)),
    ...[...mounts].map(([name, text]) => objects.put(`${jobKeys.mounts(id)}${name}`, text, signal)),
    ...(code === undefined ? [] : [objects.put(jobKeys.code(id), code, signal)]),
  ]);
}

/**
 * Asks SageMaker for the job. It is not cancelled on the way, because nobody would know what became of it. Where the answer does not come, or
 * says that there is such a job, it is looked for.
 */
async function create(
  parts: SubmitParts,
  { id, folder }: Submission,
  request: CreateTrainingJobCommandInput,
): Promise<void> {
  const asked = parts.account
    .ask(
      'sagemaker',
      'The job can’t be started',
      (sdk, client, options) => client.send(new sdk.CreateTrainingJobCommand(request), options),
      never,
    )
    .then(
      () => changeClaim(folder, 'exists'),
      async (error: unknown) => {
        const sure = error instanceof ProviderError && refusals.has(error.kind);
        // Where that can't be found out now either, `settle` does so later.
        const exists = await settleAsked(parts, id, folder, sure ? [] : [500, 1000, 2000], never).catch(
          () => false,
        );
        if (!exists) throw error;
      },
    );
  parts.creating.set(id, asked);
  try {
    await asked;
  } finally {
    parts.creating.delete(id);
  }
}

/** A job that runs is not to fail for what the next upload may be built on. */
async function remember({ log }: SubmitParts, folder: string, plans: readonly PackPlan[]): Promise<void> {
  const home = homeOf(folder);
  try {
    await withPackLock(home, never, async () => {
      for (const plan of plans) await rememberPacks(home, plan);
    });
  } catch (error) {
    log.warn(`The next submission uploads all files again: ${String(error)}`);
  }
}

function urisOf(place: JobPlace, id: string): JobUris {
  const uri = (key: string) => `s3://${place.bucket}/${key}`;
  const packs = place.uploads.some((upload) => upload.packs.length > 0);
  return {
    input: uri(jobKeys.input(id)),
    ...(packs && { code: uri(jobKeys.code(id)) }),
    mounts: uri(jobKeys.mounts(id)),
    output: outputUri(place, id),
    checkpoints: uri(jobKeys.checkpoints(id)),
  };
}

function givenUp(id: string): ProviderError {
  return new ProviderError('conflict', `This job was given up before it started. Submit it again: ${id}`);
}
