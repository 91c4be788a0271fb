/** All in milliseconds. */
export interface SshMachineTimes {
  /** Between two signs of life. A silent connection is given up after 2 to 3 of them. */
  readonly keepAlive: number;
  /** After which a connection that nobody attached closes, and one that was opened for more sessions. */
  readonly idleClose: number;
  /** For each stage of making a connection, where the configuration has no ConnectTimeout. */
  readonly connect: number;
  /** Before the first and between later attempts to connect again. */
  readonly firstRetry: number;
  readonly lastRetry: number;
}

export const usualTimes: SshMachineTimes = {
  keepAlive: 5000,
  idleClose: 60_000,
  connect: 15_000,
  firstRetry: 200,
  lastRetry: 30_000,
};
