import { parseTelemetry } from '../core/telemetry';
import type { TrainingJob } from '../core/trainingJob';
import type { LogStore } from '../services/logStore/logStore';
import type { Printer } from './printer';

/** Longest line that is held back for its end; a longer one is given in pieces of this many bytes. */
const longestHeld = 1 << 20;

export interface NodeLine {
  readonly node: number;
  readonly text: string;
}

/** The job's own lines of one node as a terminal would leave them, without telemetry, ending when the log does. */
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
    for (const text of pieces) if (!parseTelemetry(text)) yield { node, text: lastRewrite(text) };
    if (held.length > longestHeld) {
      yield { node, text: lastRewrite(held) };
      held = '';
    }
  }
  held += decoder.decode();
  if (held !== '' && !parseTelemetry(held)) yield { node, text: lastRewrite(held) };
}

/** Prints a line, with its node where the job has several. */
export async function printLine(
  printer: Printer,
  { node, text }: NodeLine,
  as: { readonly json: boolean; readonly several: boolean },
): Promise<void> {
  if (as.json) await printer.json({ event: 'log', node, text });
  else await printer.line(as.several ? `[node ${node}] ${text}` : text);
}

/** Of a line that rewrites itself with `\r`, as progress bars do, what was written last. */
function lastRewrite(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === '\r') end -= 1;
  return end === 0 ? '' : line.slice(line.lastIndexOf('\r', end - 1) + 1, end);
}
