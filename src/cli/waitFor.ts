import { hasEnded, type JobState, type TrainingJob } from '../core/trainingJob';
import type { Core } from '../services/core';
import { codeOfEnd } from './exitCode';
import { merge } from '../lib/merge';
import { nodeLines, printLine, type NodeLine } from './logLines';
import { inert } from './printer';
import type { VerbContext } from './verb';

/** Prints the job's log and states as they come, until it has ended; gives the process's exit code. */
export async function waitFor(
  { host, printer, flags }: VerbContext,
  core: Core,
  job: TrainingJob,
): Promise<number> {
  const nodes = Array.from({ length: job.spec.num_nodes }, (_, rank) => rank);
  const logs = merge(
    nodes.map((node) => nodeLines(core.logs, job, node, { follow: true }, host.interrupted)),
  );
  const as = { json: flags.json === true, several: nodes.length > 1 };
  const items = merge<NodeLine | Seen>([logs, states(core, job, host.interrupted)]);
  let state: string | undefined;
  for await (const item of items) {
    if (!('state' in item)) await printLine(printer, item, as);
    // A cloud may take minutes until there is a first line.
    else if (!as.json && item.words !== '') host.err.write(`${item.words}\n`);
    else if (as.json && item.state !== state) await printer.json({ event: 'state', state: item.state });
    if ('state' in item) state = item.state;
  }
  const end = await core.jobs.ended(job.id, host.interrupted);
  const reason = end.exit?.reason ?? null;
  if (as.json) {
    await printer.json({ event: 'ended', state: end.state, exitCode: end.exit?.code ?? null, reason });
  } else await printer.line(`${end.id} ${end.state}${reason === null ? '' : `: ${reason}`}`);
  return codeOfEnd(end.state);
}

interface Seen {
  readonly state: JobState;
  /** What its platform says of it now; empty where that says nothing. */
  readonly words: string;
}

/** The job's states and what is said of them, each once, ending with the one in which it has ended. */
async function* states(core: Core, job: TrainingJob, signal: AbortSignal): AsyncIterable<Seen> {
  let changed = Promise.withResolvers<undefined>();
  const wake = () => {
    changed.resolve(undefined);
  };
  const subscription = core.jobs.onDidChange(wake);
  signal.addEventListener('abort', wake);
  try {
    for (let last = ''; ;) {
      // Before the look, so that no change falls between the two.
      changed = Promise.withResolvers<undefined>();
      const now = core.jobs.get(job.id);
      if (!now) return;
      const { state, facts = [] } = now;
      const words = inert(facts.map(({ label, value }) => `${label}: ${value}`).join(' · '));
      if (`${state} ${words}` !== last) yield { state, words };
      if (hasEnded(state) || signal.aborted) return;
      last = `${state} ${words}`;
      await changed.promise;
    }
  } finally {
    subscription.dispose();
    signal.removeEventListener('abort', wake);
  }
}
