/** Of src/remote, what each job gets a copy of: the launcher (launch.sh) and its neighbours. */
export const launcherFiles = [
  'launch.sh',
  'nodes.sh',
  'processes.sh',
  'records.sh',
  'sample.sh',
  'gpu.awk',
  'host.awk',
  'telemetry.awk',
] as const;
