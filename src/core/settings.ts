/**
 * What a person can set, by the names they see in the settings editor. One table for both hosts: the editor reads its own
 * configuration, the CLI reads `settings.json` in the state folder. `test/manifest` holds it and package.json together.
 */
export interface Settings {
  /** URL that AWS's services are asked at, as of LocalStack or a VPC endpoint. Empty = AWS's own, or what AWS_ENDPOINT_URL says. */
  readonly 'trainyard.aws.endpointUrl': string;
  /** How an EC2 instance without a public address is reached: through AWS Systems Manager, or at its private address, as from a VPN. */
  readonly 'trainyard.aws.privateAddress': 'sessionManager' | 'direct';
  /** Who signs in to EC2 instances. Empty = by their image. */
  readonly 'trainyard.aws.sshUser': string;
  /** Price of this computer in USD per hour and node, for those who rent it. 0 = free. */
  readonly 'trainyard.local.hourlyUsd': number;
  /** Path of the POSIX shell that runs local jobs. Empty = found by itself. */
  readonly 'trainyard.local.shell': string;
  /** Seconds between SIGTERM and SIGKILL when a local job is stopped. */
  readonly 'trainyard.local.graceSeconds': number;
  /** Seconds between two samples of CPU, memory, disk, network and GPUs. */
  readonly 'trainyard.local.sampleSeconds': number;
  /** A job that costs more USD per hour is refused. `null` = no limit. */
  readonly 'trainyard.guardrails.maxHourlyUsd': number | null;
  /** Disk space in GB (10⁹ bytes) of one job's logs, beyond which their oldest part is compressed. */
  readonly 'trainyard.logs.maxGigabytes': number;
  /** Folder that notebooks run in on a machine: relative to the home folder there, or absolute. Empty = the home folder. */
  readonly 'trainyard.notebooks.folder': string;
  /** Which ended jobs are announced. */
  readonly 'trainyard.notifications.jobEnded': 'all' | 'failed' | 'none';
  /** Whether a machine that its watchdog is about to stop, or could not stop, is announced. */
  readonly 'trainyard.notifications.machineStops': boolean;
  /** Proposed when a watchdog is armed. */
  readonly 'trainyard.watchdog.idleMinutes': number;
  /** Proposed when a watchdog is armed. `null` = no longest life. */
  readonly 'trainyard.watchdog.maxLifetimeHours': number | null;
  /** Path of the ssh_config to read in place of the usual ones, as with `ssh -F`. Empty = the usual ones. */
  readonly 'trainyard.ssh.configFile': string;
  /** What SSH hosts cost in USD per hour while they run, by their names in the ssh_config. A host that is not in it: not known. */
  readonly 'trainyard.ssh.hourlyUsd': Readonly<Record<string, number>>;
}

export const defaultSettings: Settings = {
  'trainyard.aws.endpointUrl': '',
  'trainyard.aws.privateAddress': 'sessionManager',
  'trainyard.aws.sshUser': '',
  'trainyard.local.hourlyUsd': 0,
  'trainyard.local.shell': '',
  'trainyard.local.graceSeconds': 30,
  'trainyard.local.sampleSeconds': 2,
  'trainyard.guardrails.maxHourlyUsd': null,
  'trainyard.logs.maxGigabytes': 10,
  'trainyard.notebooks.folder': '',
  'trainyard.notifications.jobEnded': 'all',
  'trainyard.notifications.machineStops': true,
  'trainyard.watchdog.idleMinutes': 60,
  'trainyard.watchdog.maxLifetimeHours': null,
  'trainyard.ssh.configFile': '',
  'trainyard.ssh.hourlyUsd': {},
};

/** Reads one setting as it is now; a host that has no value for it gives the default. */
export type ReadSetting = <K extends keyof Settings>(key: K) => Settings[K];
