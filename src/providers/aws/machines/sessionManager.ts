import { ProviderError } from '../../../core/errors';
import { isSystemError } from '../../../node/files';
import { run } from '../../../node/process';

/** What a way through AWS Systems Manager is made from. */
export interface SessionTarget {
  readonly instance: string;
  readonly port: number;
  readonly region: string;
  readonly profile: string | undefined;
  /** Empty: AWS's own. */
  readonly endpointUrl: string;
}

/** A program whose stdin and stdout lead to the instance's SSH server, with no port of it open to the world. */
export function sessionCommand(target: SessionTarget): readonly [string, ...string[]] {
  const { instance, port, region, profile, endpointUrl } = target;
  return [
    'aws',
    'ssm',
    'start-session',
    '--target',
    instance,
    '--document-name',
    'AWS-StartSSHSession',
    '--parameters',
    `portNumber=${port}`,
    '--region',
    region,
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(endpointUrl === '' ? [] : ['--endpoint-url', endpointUrl]),
  ];
}

/** Throws `ProviderError` that says what to install where the two programs are not there. */
export async function checkSessionPrograms(label: string, signal: AbortSignal): Promise<void> {
  const missing: string[] = [];
  for (const [program, name, page] of programs)
    if (!(await isThere([program, '--version'], signal))) missing.push(`${name} (${page})`);
  if (missing.length > 0)
    throw new ProviderError(
      'unavailable',
      `${label} has no public address, so it is reached through AWS Systems Manager, which needs on this computer ${missing.join(' and ')}. Install ${missing.length > 1 ? 'them' : 'it'}, or, where its private address can be reached from here, set trainyard.aws.privateAddress to direct.`,
    );
}

const programs = [
  ['aws', 'the AWS CLI', 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html'],
  [
    'session-manager-plugin',
    'the Session Manager plugin',
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html',
  ],
] as const;

async function isThere(argv: readonly [string, ...string[]], signal: AbortSignal): Promise<boolean> {
  try {
    await run(argv, { timeout: 10_000, signal });
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'EACCES')) return false;
    throw error;
  }
}
