import { ProviderError } from '../../../core/errors';
import type { Submission } from '../../../core/provider';
import { shellQuote } from '../../../node/shellQuote';
import { jobVariables } from '../../launched/environment';
import { hostFailure } from './hostFailure';
import { oddAnswer, type HostScripts } from './hostScripts';
import type { HostProbe } from './hostProbe';
import type { HostShare } from './placement';
import type { Rendezvous } from './rendezvous';

/** How long a starter may take to come up: longer than it waits by itself (src/remote/jobStart.sh). */
const patience = 90_000;

/** What the nodes of one host are started with. */
export interface Start {
  readonly share: HostShare;
  readonly probe: HostProbe;
  /** Of the host, where there are several. */
  readonly networkInterface: string | undefined;
  readonly rendezvous: Rendezvous;
  readonly gpusPerNode: number;
}

/**
 * Starts the nodes of one host, and gives whether they were: `false` where the job was given up before. It is not cancelled on the way,
 * because nobody would know what became of it.
 */
export async function begin(scripts: HostScripts, submission: Submission, start: Start): Promise<boolean> {
  const output = await scripts.login(
    starter(submission, start),
    { timeout: patience },
    new AbortController().signal,
  );
  if (/Argument list too long/i.test(output.stderr))
    throw new ProviderError(
      'invalid',
      `The job’s envs are too large for ${scripts.alias}: pass large values in files.`,
    );
  if (output.code !== 0) throw hostFailure(scripts.alias, 'The job can’t be started', output);
  const [claim] = output.stdout.trim().split(' ');
  if (claim === 'started') return true;
  if (claim === 'aborted' || claim === 'unfinished') return false;
  throw oddAnswer(scripts.alias, output.stdout);
}

/** A script that sh reads from its stdin: the job's environment, and then the start. Cut off anywhere it starts nothing. */
export function starter(submission: Submission, start: Start): string {
  const folder = `${start.probe.home}/.trainyard/jobs/${start.share.job}`;
  const lines = Object.entries(variables(submission, start, folder)).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (value.includes('\0'))
      throw new ProviderError(
        'invalid',
        'An env of the job holds a NUL character, which no program can be given.',
      );
    // A shell could not set it, and no program of the job would read it by such a name.
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? [`export ${name}=${shellQuote(value)}`] : [];
  });
  const script = shellQuote(`${folder}/launcher/host.sh`);
  return `${lines.join('\n')}\nexec sh ${script} begin ${shellQuote(start.share.job)}\n`;
}

function variables(
  submission: Submission,
  { share, networkInterface, rendezvous, gpusPerNode }: Start,
  folder: string,
): Readonly<Record<string, string | undefined>> {
  const { ips, port } = rendezvous;
  return {
    ...(networkInterface !== undefined && {
      GLOO_SOCKET_IFNAME: networkInterface,
      NCCL_SOCKET_IFNAME: networkInterface,
    }),
    ...jobVariables(submission),
    TRAINYARD_FIRST_RANK: String(share.first),
    TRAINYARD_HOST_NODES: String(share.nodes),
    TRAINYARD_NODE_IPS: ips.join('\n'),
    TRAINYARD_MASTER_ADDR: ips[0],
    TRAINYARD_MASTER_PORT: String(port),
    TRAINYARD_GPUS_PER_NODE: String(gpusPerNode),
    ...(gpusPerNode > 0 && { TRAINYARD_RUN: `${folder}/gpus.sh` }),
  };
}
