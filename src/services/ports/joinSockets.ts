import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { RemoteSocket } from '../../core/machine';

/** Carries bytes both ways until both sides have closed, each half on its own; then both are gone. */
export async function joinSockets(local: Socket, remote: RemoteSocket): Promise<void> {
  try {
    await Promise.all([toRemote(local, remote), toLocal(local, remote)]);
  } finally {
    remote.close();
    local.destroy();
  }
}

async function toRemote(local: Socket, remote: RemoteSocket): Promise<void> {
  for await (const bytes of local as AsyncIterable<Uint8Array>) await remote.write(bytes);
  remote.endInput();
}

async function toLocal(local: Socket, remote: RemoteSocket): Promise<void> {
  for await (const bytes of remote.received) {
    if (local.destroyed) return;
    if (!local.write(bytes)) await Promise.race([once(local, 'drain'), once(local, 'close')]);
  }
  local.end();
}
