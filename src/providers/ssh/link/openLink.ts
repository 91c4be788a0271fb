import type { Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import { CancelledError, ProviderError, asError, throwIfCancelled } from '../../../core/errors';
import type { HostConfig } from '../hostConfig';
import { Authentication, type SignIn } from './authentication';
import type { Credentials } from './credentials';
import { Deadline } from './deadline';
import { checkHostKey, wantedHostKeys } from './hostKeyCheck';
import { Link, type LinkOptions } from './link';
import { openingError, timedOut, type Phase } from './linkError';
import type { SshMachineParts } from './parts';
import type { Questions } from './questions';
import { loadSsh2, type Ssh2 } from './ssh2';
import { openProxyCommand, openSocket, type Transport } from './transport';

export interface Opening extends LinkOptions {
  readonly parts: SshMachineParts;
  readonly credentials: Credentials;
  readonly questions: Questions;
  /** Milliseconds for each of: the TCP connection, the handshake, the sign-in. What people are asked does not count. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Connects and signs in, through other hosts where the configuration says so. Throws `ProviderError` and `CancelledError`. */
export async function openLink(
  config: HostConfig,
  opening: Opening,
  transport = () => openTransport(config, opening),
): Promise<Link> {
  // First, and then no wait between the transport and its reader: an end that came in between would be heard by nobody.
  const ssh2 = await loadSsh2();
  const known = await opening.parts.hostKeys.preferred(config);
  const over = await transport();
  try {
    return await signIn(config, over, opening, ssh2, known);
  } catch (error) {
    over.close();
    throw error;
  }
}

async function openTransport(config: HostConfig, opening: Opening): Promise<Transport> {
  throwIfCancelled(opening.signal);
  const giveUp = new AbortController();
  const deadline = new Deadline(timeoutOf(config, opening), () => {
    giveUp.abort();
  });
  const cancel = () => {
    giveUp.abort();
  };
  opening.signal.addEventListener('abort', cancel);
  try {
    if (config.proxyCommand !== undefined) return await openProxyCommand(config.proxyCommand);
    if (config.jumps.length > 0) return await jump(config, opening);
    return await openSocket(config, giveUp.signal);
  } catch (error) {
    throwIfCancelled(opening.signal);
    if (error instanceof CancelledError) throw timedOut(config, 'transport');
    throw error instanceof ProviderError ? error : openingError(error, config, 'transport');
  } finally {
    deadline.end();
    opening.signal.removeEventListener('abort', cancel);
  }
}

/** Each host on the way is a connection with a host key and a sign-in of its own, over one from the host before. */
async function jump(config: HostConfig, opening: Opening): Promise<Transport> {
  const [first, ...others] = config.jumps;
  if (!first) throw new ProviderError('invalid', `There is no host to go through: ${config.alias}`);
  let last = await openLink(first, opening);
  try {
    for (const next of others) {
      const before = last;
      last = await openLink(next, opening, () => through(before, next));
    }
    return await through(last, config);
  } catch (error) {
    last.close();
    throw error;
  }
}

async function through(link: Link, { hostName, port }: HostConfig): Promise<Transport> {
  const stream = await link.forward(hostName, port, (channel) => channel);
  const watching = link.onLost(() => {
    stream.destroy();
  });
  return {
    stream,
    bytes: () => undefined,
    said: () => '',
    hold: (held) => {
      link.hold(held);
    },
    close: () => {
      watching.dispose();
      stream.destroy();
      link.close();
    },
  };
}

async function signIn(
  config: HostConfig,
  transport: Transport,
  opening: Opening,
  ssh2: Ssh2,
  known: readonly string[] | undefined,
): Promise<Link> {
  const { parts, credentials, questions, signal } = opening;
  throwIfCancelled(signal);
  const client = new ssh2.Client();
  const { promise, resolve, reject } = Promise.withResolvers<Link>();
  let phase: Phase = 'handshake';
  const limit = (): Deadline => {
    questions.deadline?.end();
    return (questions.deadline = new Deadline(timeoutOf(config, opening), () => {
      fail(timedOut(config, phase));
    }));
  };
  const fail = (error: Error) => {
    reject(error);
    client.destroy();
  };
  const cancel = () => {
    fail(new CancelledError());
  };
  const given: SignIn['given'] = new Map();
  const authentication = new Authentication(
    { ssh2, config, credentials, questions, given, keyFile: (path) => parts.keyFile(path) },
    fail,
  );
  client.on('error', (error) => {
    // What is wrong with one key is no end: the next one is tried.
    const { level } = error as { level?: string };
    if (level === 'agent' || /^Error (while )?signing/.test(error.message)) return;
    fail(openingError(error, config, phase, transport.said()));
  });
  client.once('close', () => {
    fail(openingError(new Error('it ended the connection'), config, phase, transport.said()));
  });
  client.once('handshake', () => {
    phase = 'authentication';
    limit();
  });
  client.once('ready', () => {
    for (const [question, answers] of given) credentials.keepAnswers(question, answers);
    resolve(new Link(config.alias, client, transport, opening));
  });
  signal.addEventListener('abort', cancel, { once: true });
  try {
    limit();
    client.connect({
      sock: transport.stream,
      username: config.user,
      // Ours stops while a person is asked.
      readyTimeout: 0,
      keepaliveInterval: 0,
      algorithms: {
        serverHostKey: wantedHostKeys(
          supportedHostKeys,
          config.hostKeyAlgorithms,
          known,
        ) as ServerHostKeyAlgorithm[],
      },
      ...agentForwarding(config),
      hostVerifier: (key: Buffer, verify: (right: boolean) => void) => {
        checkHostKey(config, key, parts.hostKeys, credentials, questions).then(
          () => {
            verify(true);
          },
          (error: unknown) => {
            fail(asError(error));
          },
        );
      },
      authHandler: ((...answer: Parameters<typeof authentication.handler>) => {
        // For each attempt: a server may take seconds to refuse a password.
        limit();
        authentication.handler(...answer);
      }) as ConnectConfig['authHandler'] & {},
    });
    return await promise;
  } finally {
    questions.deadline?.end();
    questions.deadline = undefined;
    signal.removeEventListener('abort', cancel);
    quieten(client);
  }
}

/** From now on its errors are the link's, and after a failure nobody's. */
function quieten(client: Client): void {
  client.on('error', () => undefined);
}

function agentForwarding(config: HostConfig): Pick<ConnectConfig, 'agent' | 'agentForward'> {
  const wanted = config.forwardAgent && config.identityAgent !== undefined;
  return wanted ? { agent: config.identityAgent, agentForward: true } : {};
}

function timeoutOf(config: HostConfig, { timeout }: Opening): number {
  return config.connectTimeout === undefined ? timeout : config.connectTimeout * 1000;
}

/** What ssh2 can check, best first. */
const supportedHostKeys = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];
