import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ProviderError, throwIfCancelled } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import type { Submission } from '../../core/provider';
import { isSystemError } from '../../node/files';
import { startDetached, type Detached } from '../../node/process';
import type { ProviderContext } from '../context';
import { fit } from '../launched/fit';
import { gpuScript } from '../launched/gpuScript';
import { launcherFiles } from '../launched/launcherFiles';
import { readClaim, settleClaim } from './claim';
import { jobEnvironment } from './environment';
import { freePort } from './freePort';
import { machine } from './hardware';
import { findShell, shellPath } from './shell';
import { makeWorkdirs } from './workdir';

/** How long the starter may take to come up on a machine that is busy. */
const patience = 15_000;

/**
 * Starts the job and returns once it has claimed its folder: from then on it exists, whatever happens to this process.
 * Submitted again, it is left as it is.
 */
export async function submit(
  context: ProviderContext,
  submission: Submission,
  signal: AbortSignal,
): Promise<void> {
  try {
    await start(context, submission, signal);
  } catch (error) {
    throw translated(error, submission.folder);
  }
}

async function start(context: ProviderContext, submission: Submission, signal: AbortSignal): Promise<void> {
  const { id, spec, folder } = submission;
  throwIfCancelled(signal);
  const before = await readClaim(folder);
  if (before?.kind === 'started') return;
  if (before)
    throw new ProviderError('conflict', `This job was given up before it started. Submit it again: ${id}`);
  const shell = findShell(context.setting('trainyard.local.shell'));
  const gpus = await nodeGpus(context, spec, signal);
  await makeWorkdirs(submission, signal);
  const launcher = await copyLauncher(context.remoteFolder, folder);
  await writeScripts(submission, gpus);
  const options = { shell, masterPort: await freePort(), gpusPerNode: gpus[0]?.length ?? 0 };
  const env = {
    ...jobEnvironment(submission, options, context),
    ...(hasGpus(gpus) && { TRAINYARD_RUN: shellPath(join(folder, jobFolder.gpus)) }),
  };
  throwIfCancelled(signal);
  const argv = [shell, shellPath(join(launcher, 'nodes.sh')), shellPath(folder)] as const;
  const starter = await startDetached([...argv], { cwd: folder, env });
  await claimed(folder, starter);
}

/** The GPUs of each node, none where the job asks for none. */
async function nodeGpus(
  { setting }: ProviderContext,
  spec: JobSpec,
  signal: AbortSignal,
): Promise<readonly (readonly number[])[]> {
  const found = fit(
    spec,
    'local',
    [
      {
        name: 'this computer',
        nodes: spec.num_nodes,
        hardware: await machine(signal, asksForGpus(spec)),
      },
    ],
    setting('trainyard.local.hourlyUsd'),
  );
  if ('why' in found) throw new ProviderError('unavailable', `This computer can’t run the job. ${found.why}`);
  return found.gpus;
}

function asksForGpus({ resources }: JobSpec): boolean {
  return resources.candidates.some(({ accelerators }) => accelerators !== null);
}

function hasGpus(gpus: readonly (readonly number[])[]): boolean {
  return gpus.some((node) => node.length > 0);
}

/** The job's own copy: it must go on when the editor updates Trainyard. */
async function copyLauncher(remoteFolder: string, folder: string): Promise<string> {
  const to = join(folder, jobFolder.launcher);
  await mkdir(to, { recursive: true, mode: 0o700 });
  await Promise.all(launcherFiles.map((name) => copyFile(join(remoteFolder, name), join(to, name))));
  return to;
}

async function writeScripts(
  { spec, folder }: Submission,
  gpus: readonly (readonly number[])[],
): Promise<void> {
  const scripts = [
    [jobFolder.setup, spec.setup],
    [jobFolder.run, spec.run],
    [jobFolder.gpus, hasGpus(gpus) && spec.run !== null ? gpuScript(gpus) : null],
  ] as const;
  for (const [name, text] of scripts) {
    if (text === null) await rm(join(folder, name), { force: true });
    else await writeFile(join(folder, name), text, { mode: 0o600 });
  }
}

async function claimed(folder: string, starter: Detached): Promise<void> {
  let code: number | undefined;
  void starter.ended.then((ended) => {
    code = ended;
  });
  const deadline = performance.now() + patience;
  for (;;) {
    const ended = code !== undefined;
    if ((await readClaim(folder))?.kind === 'started') return;
    if (ended || performance.now() > deadline) break;
    await delay(4);
  }
  // Whatever the starter still does, this is decided once.
  if (await settleClaim(folder)) return;
  const why = code === undefined ? 'the shell does not answer' : `the launcher ended with code ${code}`;
  throw new ProviderError(
    'unavailable',
    `The job could not be started (${why}). Check that there is room on the disk: ${folder}`,
  );
}

function translated(error: unknown, folder: string): unknown {
  const options = { cause: error };
  if (isSystemError(error, 'ENOSPC', 'EDQUOT'))
    return new ProviderError('unavailable', `The disk is full. Make room and try again: ${folder}`, options);
  if (isSystemError(error, 'E2BIG'))
    return new ProviderError(
      'invalid',
      'The job’s envs are too large for this computer: pass large values in files.',
      options,
    );
  if (error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_ARG_VALUE')
    return new ProviderError(
      'invalid',
      'An env of the job holds a NUL character, which no program can be given.',
      options,
    );
  if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS'))
    return new ProviderError(
      'unavailable',
      `The job’s folder can’t be written, permission denied: ${folder}`,
      options,
    );
  return error;
}
