import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError, throwIfCancelled } from '../../../core/errors';
import { jobFolder } from '../../../core/jobFolder';
import type { JobSpec } from '../../../core/jobSpec/jobSpec';
import type { Submission } from '../../../core/provider';
import { tar, type TarEntry } from '../../../node/tarWriter';
import type { ProviderContext } from '../../context';
import { gpuScript } from '../../launched/gpuScript';
import { withPrepared } from '../../launched/prepared';
import { rememberStarted } from './claim';
import { hostFailure } from './hostFailure';
import { probe, type HostProbe } from './hostProbe';
import type { HostScripts } from './hostScripts';
import { createPlacement, dealOut, readPlacement, writePlacement, type HostShare } from './placement';
import { asksForGpus, fitHosts, hourlyPrice, nodePrice, type HostPrices } from './plan';
import { rendezvous } from './rendezvous';
import { begin } from './starter';
import { bring } from './uploads';

/** Clocks that differ by less are taken to agree: so long may an answer be on its way. */
const smallSkew = 5000;

export interface SubmitParts {
  readonly context: Pick<ProviderContext, 'now'>;
  readonly price: HostPrices;
  readonly connection: string;
  readonly aliases: readonly string[];
  readonly scripts: (alias: string) => HostScripts;
}

interface Host {
  readonly scripts: HostScripts;
  readonly share: HostShare;
  readonly probe: HostProbe;
}

/**
 * Brings the job to its hosts and starts it. The first host is started last, and its claim is what makes the job exist: from then on it
 * is whole, whatever happens to this process. Submitted again, it is left as it is.
 */
export async function submit(parts: SubmitParts, submission: Submission, signal: AbortSignal): Promise<void> {
  const { id, spec, folder, onProgress } = submission;
  throwIfCancelled(signal);
  const shares = await placed(parts, submission);
  onProgress(`Looking at ${shares.map(({ alias }) => alias).join(', ')}`);
  const hosts = await Promise.all(shares.map((share) => look(parts, share, spec, signal)));
  await writePlacement(folder, { kind: 'hosts', hosts: hosts.map(({ share }) => share) });
  const gpus = nodeGpus(parts, spec, hosts);
  const scripts = await stage(submission, gpus);
  const claims = await Promise.all(hosts.map((host) => make(host, scripts, signal)));
  if (claims[0] === 'started') return rememberStarted(folder);
  if (claims.some((claim) => claim !== 'none' && claim !== 'started')) throw givenUp(id);
  const open = hosts.filter((_, index) => claims[index] === 'none');
  await withPrepared(submission, signal, async (prepared) => {
    await Promise.all(open.map(({ scripts: to, share }) => bring(prepared, to, share, onProgress, signal)));
  });
  throwIfCancelled(signal);
  onProgress('Starting the job');
  const meeting = rendezvous(
    shares,
    hosts.map((host) => host.probe),
  );
  const start = async (host: Host, index: number) => {
    const networkInterface = hosts.length > 1 ? meeting.interfaces[index] : undefined;
    const given = { ...host, networkInterface, rendezvous: meeting, gpusPerNode: gpus[0]?.length ?? 0 };
    if (!(await begin(host.scripts, submission, given))) throw givenUp(id);
  };
  await Promise.all(hosts.slice(1).map((host, index) => start(host, index + 1)));
  throwIfCancelled(signal);
  const [first] = hosts;
  if (first) await start(first, 0);
  await rememberStarted(folder);
}

/** Where its nodes run, by the word on this computer; made now unless there is one. */
async function placed(
  { aliases }: SubmitParts,
  { id, spec, folder }: Submission,
): Promise<readonly HostShare[]> {
  const hosts = dealOut(id, spec.num_nodes, aliases);
  if (await createPlacement(folder, { kind: 'hosts', hosts })) return hosts;
  const placement = await readPlacement(folder);
  if (placement?.kind !== 'hosts') throw givenUp(id);
  return placement.hosts;
}

async function look(
  { context, connection, scripts }: SubmitParts,
  share: HostShare,
  spec: JobSpec,
  signal: AbortSignal,
): Promise<Host> {
  const host = scripts(share.alias);
  const before = context.now();
  const found = await probe(host, asksForGpus(spec, connection), {}, signal);
  const skew = Math.round((before + context.now()) / 2 - found.now);
  return {
    scripts: host,
    probe: found,
    share: { ...share, skew: found.now > 0 && Math.abs(skew) >= smallSkew ? skew : 0 },
  };
}

/** The GPUs of each node by rank, none where the job asks for none. */
function nodeGpus(
  { price, connection }: SubmitParts,
  spec: JobSpec,
  hosts: readonly Host[],
): readonly (readonly number[])[] {
  const shares = hosts.map(({ share }) => share);
  const usd = hourlyPrice(price, shares);
  const hardware = hosts.map((host) => host.probe.hardware);
  const found = fitHosts(spec, connection, shares, hardware, nodePrice(usd, spec));
  if ('why' in found) throw new ProviderError('unavailable', `The job can’t run there. ${found.why}`);
  return found.gpus;
}

/** The job's scripts: on this computer beside what was submitted, and as they go to its hosts. */
async function stage(
  { spec, folder }: Submission,
  gpus: readonly (readonly number[])[],
): Promise<Uint8Array> {
  const texts = [
    [jobFolder.setup, spec.setup],
    [jobFolder.run, spec.run],
    [jobFolder.gpus, gpus.some((node) => node.length > 0) && spec.run !== null ? gpuScript(gpus) : null],
  ] as const;
  const entries: TarEntry[] = [];
  for (const [path, text] of texts) {
    if (text === null) continue;
    await writeFile(join(folder, path), text, { mode: 0o600 });
    entries.push({ kind: 'text', path, text });
  }
  // Where its logs come to lie.
  await mkdir(join(folder, 'nodes'), { recursive: true, mode: 0o700 });
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Makes the job's folder on a host, and gives the claim that is there. */
async function make({ scripts, share }: Host, input: Uint8Array, signal: AbortSignal): Promise<string> {
  const ranks = Array.from({ length: share.nodes }, (_, index) => String(share.first + index));
  const output = await scripts.run(['host.sh', 'make', share.job, ...ranks], { input }, signal);
  if (output.code !== 0) throw hostFailure(scripts.alias, 'The job’s folder can’t be made', output);
  return output.stdout.trim();
}

function givenUp(id: string): ProviderError {
  return new ProviderError('conflict', `This job was given up before it started. Submit it again: ${id}`);
}
