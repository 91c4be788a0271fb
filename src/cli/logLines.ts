import { parseTelemetry } from '../core/telemetry';
import type { TrainingJob } from '../core/trainingJob';
import type { LogStore } from '../services/logStore';

/** Longest line that is held back for its end; a longer one is given in pieces of this many bytes. */
const longestHeld = 1 << 20;

export interface NodeLine {
  readonly node: number;
  readonly text: string;
}

/** The job's own lines of one node as text, without telemetry, ending when the log does. */
export async function* nodeLines(
  logs: LogStore,
  job: TrainingJob,
  node: number,
  options: { follow: boolean },
  signal: AbortSignal,
): AsyncIterable<NodeLine> {
  const decoder = new TextDecoder();
  let held = '';
  for await (const bytes of logs.raw(job, node, options, signal)) {
    const pieces = (held + decoder.decode(bytes, { stream: true })).split('\n');
    held = pieces.pop() ?? '';
    for (const text of pieces) if (!parseTelemetry(text)) yield { node, text };
    if (held.length > longestHeld) {
      yield { node, text: held };
      held = '';
    }
  }
  held += decoder.decode();
  if (held !== '' && !parseTelemetry(held)) yield { node, text: held };
}
