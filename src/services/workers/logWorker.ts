import { workerPort } from '../../node/workerPort';
import { LogFollower } from '../logStore/logFollower';
import type { LogNewsOf, LogOrder } from '../logStore/logNews';
import { FollowedFile } from './followedFile';

/** The thread that reads logs: it follows each that it is told of until it is told to leave it. */
const port = workerPort<LogOrder, LogNewsOf>();
const files = new Map<number, { readonly log: FollowedFile; readonly telemetry: FollowedFile }>();
const followers = new Map<number, LogFollower>();

port.onMessage((order) => {
  const { id } = order;
  switch (order.kind) {
    case 'follow': {
      const log = new FollowedFile(order.log);
      const telemetry = new FollowedFile(order.telemetry);
      files.set(id, { log, telemetry });
      const follower = new LogFollower(log, telemetry, order.from, (news, transfer) => {
        port.post({ ...news, id }, transfer);
      });
      followers.set(id, follower);
      break;
    }
    case 'stir':
      files.get(id)?.[order.channel].stir(order.over);
      break;
    case 'leave':
      followers.get(id)?.dispose();
      followers.delete(id);
      files.delete(id);
      break;
  }
});
