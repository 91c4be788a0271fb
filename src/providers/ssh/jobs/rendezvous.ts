import type { HostProbe } from './hostProbe';
import type { HostShare } from './placement';

/** How the nodes of a job find each other. */
export interface Rendezvous {
  /** In rank order. */
  readonly ips: readonly string[];
  readonly port: number;
  /** The network interface of each host, in their order, where it is known. */
  readonly interfaces: readonly (string | undefined)[];
}

const loopback = /^(?:127\.|::1$)/;

/**
 * A host's address for the others is that at which our connection came in, which its network knows it by. Where that is the host itself, as
 * behind a tunnel, it is the one towards the outside, unless all are one machine anyway.
 */
export function rendezvous(shares: readonly HostShare[], probes: readonly HostProbe[]): Rendezvous {
  const port = probes[0]?.port ?? 0;
  const oneMachine = new Set(probes.map(({ boot }) => boot)).size === 1;
  const addresses = probes.map(({ address, outer }) => {
    if (probes.length === 1) return '127.0.0.1';
    if (address !== undefined && (oneMachine || !loopback.test(address))) return address;
    return (oneMachine ? undefined : outer) ?? address ?? '127.0.0.1';
  });
  return {
    ips: shares.flatMap((share, index) =>
      Array.from({ length: share.nodes }, () => addresses[index] ?? '127.0.0.1'),
    ),
    port,
    interfaces: probes.map(({ interfaces }, index) => {
      const address = addresses[index] ?? '';
      return interfaces.get(address) ?? (loopback.test(address) ? interfaces.get('127.0.0.1') : undefined);
    }),
  };
}
