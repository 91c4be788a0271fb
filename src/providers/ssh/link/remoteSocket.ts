import type { ClientChannel } from 'ssh2';
import type { RemoteSocket } from '../../../core/machine';
import { ByteQueue } from './byteQueue';
import type { Link } from './link';
import { written } from './remoteProcess';

/** A channel that is a TCP connection from the machine. `onEnd` is called once, when it is gone. */
export function remoteSocket(channel: ClientChannel, link: Link, onEnd: () => void): RemoteSocket {
  const received = new ByteQueue(channel);
  let gone = false;
  const end = () => {
    if (gone) return;
    gone = true;
    watching.dispose();
    onEnd();
  };
  const watching = link.onLost((lost) => {
    received.end(lost);
    queueMicrotask(end);
  });
  channel.on('error', () => undefined);
  channel.once('close', end);
  // Half-open: SSH closes the channel only once both sides have ended, and not everybody ends theirs.
  channel.once('end', () => {
    channel.end();
  });
  return {
    received,
    write: (bytes) => written(channel, bytes, link),
    endInput: () => {
      channel.end();
    },
    close: () => {
      received.drop();
      channel.close();
    },
  };
}
