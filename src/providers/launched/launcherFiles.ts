/** Of src/remote, what each job gets a copy of: the launcher (launch.sh) and its neighbours. */
export const launcherFiles = [
  'given.sh',
  'launch.sh',
  'launchOutputs.sh',
  'launchPhases.sh',
  'launchStop.sh',
  'nodes.sh',
  'processes.sh',
  'records.sh',
  'sample.sh',
  'gpu.awk',
  'host.awk',
  'proc.awk',
  'telemetry.awk',
] as const;

/** What a job gets besides where a container's stdout is all that is kept of it. */
export const containerFiles = ['forward.sh', 'forward.awk', 'resources.awk'] as const;
