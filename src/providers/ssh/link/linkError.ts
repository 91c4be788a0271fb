import { ProviderError, messageOf } from '../../../core/errors';
import type { HostConfig } from '../hostConfig';

/** How far the connection had come: what an error means depends on it. */
export type Phase = 'transport' | 'handshake' | 'authentication';

/** A server that ends the connection before it says anything, as one that is too busy does by chance: at once it may take it. */
export class DroppedError extends ProviderError {}

/**
 * What went wrong while a connection was being made, for people. `network` is worth another try; the others are not until
 * something is changed.
 */
export function openingError(
  error: unknown,
  config: HostConfig,
  phase: Phase,
  /** What the program of a ProxyCommand said. */
  said = '',
): ProviderError {
  const { alias } = config;
  const failed = (kind: 'network' | 'auth' | 'unavailable', why: string) =>
    new ProviderError(kind, `Can’t connect to ${alias}: ${why}`, { cause: error });
  const address = `${config.hostName}:${config.port}`;
  const message = messageOf(error);
  if (said !== '') return failed('network', `its ProxyCommand failed: ${said}`);
  const code = codeOf(error);
  const known = code === undefined ? undefined : systemErrors[code];
  if (known !== undefined) return failed('network', `${known}: ${address}`);
  if (message === 'Too many authentication failures' || /too many authentication/i.test(message)) {
    return failed(
      'auth',
      'it refused after too many keys. Name the right one by IdentityFile and set IdentitiesOnly yes in the SSH configuration',
    );
  }
  if (/no matching/i.test(message)) {
    return failed(
      'unavailable',
      `it and Trainyard have no common algorithm; an old server may need an update: ${message}`,
    );
  }
  if (phase === 'authentication')
    return failed('network', `it closed the connection during the sign-in: ${message}`);
  if (message.startsWith('Connection lost before handshake') || phase === 'transport') {
    return new DroppedError(
      'network',
      `Can’t connect to ${alias}: what listens there closed the connection at once. It may be too busy (MaxStartups), block this computer, or be no SSH server: ${address}`,
      { cause: error },
    );
  }
  if (
    /^(Invalid identification|Unable to parse|.*exceeds max|Bad packet length|Invalid packet)/i.test(message)
  ) {
    return failed('network', `what listens there is no SSH server: ${address}`);
  }
  return failed('network', message);
}

export function timedOut(config: HostConfig, phase: Phase): ProviderError {
  const why = {
    transport: 'nothing answered in time. Check the address, the port, the VPN and whether the machine runs',
    handshake:
      'it took the connection and then said nothing, or much too little. It may be overloaded, or be no SSH server',
    authentication: 'its sign-in took too long',
  }[phase];
  return new ProviderError(
    'network',
    `Can’t connect to ${config.alias}: ${why}: ${config.hostName}:${config.port}`,
  );
}

export function lostError(alias: string, why: string): ProviderError {
  return new ProviderError('network', `The connection to ${alias} was lost: ${why}`);
}

/** Somebody let go of the machine. */
export function closedError(): ProviderError {
  return new ProviderError('network', 'The connection to the machine was closed.');
}

/** What a connection that was there ended by, in words that follow “was lost”. */
export function lossOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the network or the machine ended it';
  if (code === 'ETIMEDOUT') return 'the machine did not answer any more';
  if (code === 'ENETDOWN' || code === 'ENETUNREACH' || code === 'EHOSTUNREACH')
    return 'the network is not there';
  return messageOf(error);
}

const systemErrors: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no host of this name. Check HostName in the SSH configuration',
  EAI_AGAIN: 'its name can’t be looked up now. Check the network',
  EAI_NODATA: 'its name has no address. Check HostName in the SSH configuration',
  ECONNREFUSED: 'nothing listens there. Check the port, and whether the machine and its SSH server run',
  ETIMEDOUT: 'nothing answered in time. Check the address, the port, the VPN and whether the machine runs',
  EHOSTUNREACH: 'there is no way to this host. Check the network and the VPN',
  ENETUNREACH: 'there is no network to it. Check the network and the VPN',
  ENETDOWN: 'the network is down',
  EHOSTDOWN: 'the host is down',
  ECONNRESET:
    'the connection was ended while it was being made. The server may be too busy (MaxStartups) or block this computer',
  EPIPE:
    'the connection was ended while it was being made. The server may be too busy (MaxStartups) or block this computer',
  EACCES: 'this computer does not allow the connection',
  EPERM: 'this computer does not allow the connection',
};

/** Of an error, or of the first of several: a name may have more than one address. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}
