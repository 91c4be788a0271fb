import { hasEnded, type TrainingJob } from '../core/trainingJob';
import type { Core } from '../services/core';
import { codeOfEnd } from './exitCode';
import { merge } from '../lib/merge';
import { nodeLines, printLine, type NodeLine } from './logLines';
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
  const items = merge<NodeLine | { state: string }>([logs, states(core, job, host.interrupted)]);
  for await (const item of items) {
    if (!('state' in item)) await printLine(printer, item, as);
    else if (as.json) await printer.json({ event: 'state', state: item.state });
  }
  const end = await core.jobs.ended(job.id, host.interrupted);
  const reason = end.exit?.reason ?? null;
  if (as.json) {
    await printer.json({ event: 'ended', state: end.state, exitCode: end.exit?.code ?? null, reason });
  } else await printer.line(`${end.id} ${end.state}${reason === null ? '' : `: ${reason}`}`);
  return codeOfEnd(end.state);
}

/** The job's states, each once, ending with the one in which it has ended. */
async function* states(core: Core, job: TrainingJob, signal: AbortSignal): AsyncIterable<{ state: string }> {
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
      const state = core.jobs.get(job.id)?.state;
      if (state !== undefined && state !== last) yield { state };
      if (state === undefined || hasEnded(state) || signal.aborted) return;
      last = state;
      await changed.promise;
    }
  } finally {
    subscription.dispose();
    signal.removeEventListener('abort', wake);
  }
}
