import type { WatchdogState } from '../../src/core/watchdog/watchdogState';

/** Armed with an hour's limit, and just looked, at the time 0; nothing keeps the machine, and it does not stop soon. */
export const aWatchdog: WatchdogState = {
  armed: true,
  readAt: 0,
  lookedAt: 0,
  stale: false,
  keptBy: [],
  why: 'idle',
  warned: false,
  failures: 0,
  keeper: 'systemd',
  idleMinutes: 60,
  maxLifetimeHours: null,
  version: 'abc',
};
