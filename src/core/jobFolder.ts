/**
 * The names inside a job's own folder, relative to it. The launcher writes most of them (src/remote/launch.sh and
 * nodes.sh), so a change here is a change there.
 */
export const jobFolder = {
  /** What was submitted: the spec without secrets, the connection, the price. */
  record: 'job.json',
  /** The job file as it ran, with the values of secrets blanked. */
  file: 'job.yaml',
  /** `<pid> <start token>` of the process that is submitting the job; gone once that is done. */
  submitter: 'submitter',
  setup: 'setup.sh',
  run: 'run.sh',
  /** Where several nodes share this computer's GPUs: what shows each node its own, and then becomes `run`. */
  gpus: 'gpus.sh',
  /** The job's own copy of src/remote, which an update of Trainyard leaves alone. */
  launcher: 'launcher',
  /** Made once, by whoever comes first: the starter (the job exists) or the reconciler (it never will). */
  claim: 'claim',
  /** Made when the job was asked to stop; its text is the reason. */
  stop: 'stop',
  outputs: 'outputs',
  node: (rank: number) => `nodes/${rank}`,
  log: (rank: number) => `nodes/${rank}/log`,
  telemetry: (rank: number) => `nodes/${rank}/telemetry`,
  pid: (rank: number) => `nodes/${rank}/pid`,
  exit: (rank: number) => `nodes/${rank}/exit`,
  workdir: (rank: number) => `nodes/${rank}/workdir`,
} as const;
