/** What arming would find on a machine: the answer of `src/remote/watchdogProbe.sh`. */
export interface StopProspect {
  /** What `uname` says. */
  readonly system: string;
  readonly hasUptime: boolean;
  readonly container: boolean;
  readonly cloud: Cloud | undefined;
  /** The system's own command that stops the machine and needs no password. */
  readonly stop?: string;
  /** How that is known. */
  readonly proof: string;
  /** Why there is no such command. */
  readonly why: string;
  /** A command of the cloud's own for this machine, to be looked at by a person. */
  readonly suggestion?: string;
  readonly keeper: 'systemd' | 'cron' | 'loop';
  readonly hasGpu: boolean;
}

export type Cloud = 'aws' | 'azure' | 'gcp' | 'lambda' | 'runpod';

/** Reads the lines KEY=VALUE; what is missing or odd is as good as absent. */
export function readStopProspect(output: string): StopProspect {
  const told = new Map(
    output
      .slice(0, 65_536)
      .split('\n')
      .map((line): [string, string] => [
        line.slice(0, line.indexOf('=')),
        line.slice(line.indexOf('=') + 1).trim(),
      ]),
  );
  const text = (key: string) => told.get(key) ?? '';
  const stop = text('stop');
  const suggestion = text('suggestion');
  const keeper = text('keeper');
  return {
    system: text('system'),
    hasUptime: text('proc') === 'yes',
    container: text('container') === 'yes',
    cloud: clouds.find((cloud) => cloud === text('cloud')),
    ...(stop !== '' && { stop }),
    proof: text('proof'),
    why: text('why'),
    ...(suggestion !== '' && { suggestion }),
    keeper: keeper === 'systemd' || keeper === 'cron' ? keeper : 'loop',
    hasGpu: text('gpu') === 'yes',
  };
}

export const clouds: readonly Cloud[] = ['aws', 'azure', 'gcp', 'lambda', 'runpod'];
