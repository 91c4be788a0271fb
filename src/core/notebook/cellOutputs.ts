import { bytesText } from '../words';
import type { CellEnd, CellRecord, MimeBundle } from './cellRecord';
import { mimeItems, type OutputItem } from './mimeItems';
import { StreamText } from './streamText';

/** One output of a cell, as the notebook format knows it. */
export type CellOutput =
  | { readonly kind: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | {
      readonly kind: 'display_data' | 'execute_result';
      readonly items: readonly OutputItem[];
      readonly metadata: MimeBundle;
      readonly count?: number;
      /** Names it: a later update, also of another cell, changes what it shows. */
      readonly display?: string;
    }
  | {
      readonly kind: 'error';
      readonly name: string;
      readonly message: string;
      readonly traceback: readonly string[];
    };

type StreamOutput = Extract<CellOutput, { kind: 'stream' }>;

/** What to do to a cell's outputs, in this order. */
export type OutputEdit =
  | { readonly kind: 'clear' }
  | { readonly kind: 'append'; readonly output: CellOutput }
  | { readonly kind: 'replace'; readonly index: number; readonly output: CellOutput }
  /** Text behind that of the stream which is output `index`, and the whole of it. */
  | { readonly kind: 'extend'; readonly index: number; readonly text: string; readonly output: StreamOutput };

/** Characters of one cell's streams that are kept: the editor holds all of them in memory and in the file. */
const longest = 16 << 20;

interface Slot {
  output: CellOutput;
  readonly stream?: StreamText;
  shown: boolean;
  /** Text that only came behind since it was shown. */
  added: string;
  changed: boolean;
}

/**
 * The outputs of one run of a cell, from its journal: what has come since the last look is one short list of edits, however many
 * records there were. The same records give the same outputs, whichever way they were cut into looks.
 */
export class CellOutputs {
  private slots: Slot[] = [];
  private length = 0;
  private cutShort = false;
  private clearNext = false;
  private cleared = false;

  private updates = new Map<string, CellOutput>();

  add(record: CellRecord): void {
    switch (record.type) {
      case 'stream':
        this.write(record.name, record.text);
        break;
      case 'display_data':
      case 'execute_result':
        this.push(shown(record));
        break;
      case 'update_display_data':
        if (record.display !== undefined)
          this.update(record.display, shown({ ...record, type: 'display_data' }));
        break;
      case 'error':
        this.push({
          kind: 'error',
          name: record.name,
          message: record.message,
          traceback: record.traceback,
        });
        break;
      case 'page':
        this.push(shown({ type: 'display_data', data: record.data, metadata: {} }));
        break;
      case 'clear_output':
        if (record.wait) this.clearNext = true;
        else this.clear();
        break;
      case 'cut':
        this.push(note(`More than ${bytesText(record.bytes)} came: the rest is left out.`));
        break;
      case 'ended': {
        const why = endText(record.status, record.exit);
        if (why !== undefined) this.push({ kind: 'error', ...why, traceback: [] });
        break;
      }
      case 'queued':
      case 'started':
      case 'input':
      case 'answered':
        break;
    }
  }

  /** The edits since the last call. */
  take(): readonly OutputEdit[] {
    const edits: OutputEdit[] = this.cleared ? [{ kind: 'clear' }] : [];
    this.cleared = false;
    for (const [index, slot] of this.slots.entries()) {
      const { stream, added: text } = slot;
      const whole = stream ? { ...(slot.output as StreamOutput), text: stream.text } : undefined;
      if (whole) slot.output = whole;
      if (!slot.shown) edits.push({ kind: 'append', output: slot.output });
      else if (slot.changed) edits.push({ kind: 'replace', index, output: slot.output });
      else if (whole && text !== '') edits.push({ kind: 'extend', index, text, output: whole });
      slot.shown = true;
      slot.changed = false;
      slot.added = '';
    }
    return edits;
  }

  /** Displays that the cell changed since the last call, by name, which outputs of other cells may have too. */
  takeUpdates(): ReadonlyMap<string, CellOutput> {
    const { updates } = this;
    this.updates = new Map();
    return updates;
  }

  private write(name: 'stdout' | 'stderr', text: string): void {
    if (text === '') return;
    this.clearIfAsked();
    this.length += text.length;
    if (this.length > longest) {
      if (this.cutShort) return;
      this.cutShort = true;
      this.push(
        note(
          `More than ${bytesText(longest)} of text came: the rest is left out. Write long logs to a file, or run the notebook as a job.`,
        ),
      );
      return;
    }
    const last = this.slots.at(-1);
    if (last?.stream && last.output.kind === 'stream' && last.output.name === name) {
      if (last.stream.write(text)) last.added += text.replaceAll('\r\n', '\n');
      else last.changed = true;
      return;
    }
    const stream = new StreamText();
    stream.write(text);
    this.slots.push({
      output: { kind: 'stream', name, text: '' },
      stream,
      shown: false,
      added: '',
      changed: false,
    });
  }

  private push(output: CellOutput): void {
    this.clearIfAsked();
    this.slots.push({ output, shown: false, added: '', changed: false });
  }

  private update(display: string, output: CellOutput): void {
    const own = this.slots.filter((slot) => 'display' in slot.output && slot.output.display === display);
    for (const slot of own) {
      // What it was as a result, with its number, it stays.
      slot.output =
        slot.output.kind === 'execute_result' && output.kind === 'display_data'
          ? { ...slot.output, items: output.items, metadata: output.metadata }
          : output;
      slot.changed = true;
    }
    this.updates.set(display, output);
  }

  private clearIfAsked(): void {
    if (this.clearNext) this.clear();
  }

  private clear(): void {
    this.clearNext = false;
    this.cleared ||= this.slots.some((slot) => slot.shown);
    this.slots = [];
    this.length = 0;
    this.cutShort = false;
  }
}

function shown(record: {
  readonly type: 'display_data' | 'execute_result';
  readonly data: MimeBundle;
  readonly metadata: MimeBundle;
  readonly count?: number;
  readonly display?: string;
}): CellOutput {
  return {
    kind: record.type,
    items: mimeItems(record.data),
    metadata: record.metadata,
    ...(record.count !== undefined && { count: record.count }),
    ...(record.display !== undefined && { display: record.display }),
  };
}

function note(text: string): CellOutput {
  return { kind: 'stream', name: 'stderr', text };
}

/** What is said in the cell where its end says nothing itself. */
function endText(status: CellEnd, exit: number | undefined): { name: string; message: string } | undefined {
  const gone = 'Its variables are gone: run the cells that make them again.';
  switch (status) {
    case 'ok':
    case 'error':
    case 'aborted':
      return undefined;
    case 'died':
      return { name: 'The kernel ended', message: `${exitText(exit)} ${gone}` };
    case 'restarted':
      return { name: 'The kernel was restarted', message: `This cell did not come to its end. ${gone}` };
    case 'shutDown':
      return { name: 'The kernel was shut down', message: `This cell did not come to its end. ${gone}` };
    case 'serverDied':
      return {
        name: 'The notebook server ended',
        message: `Its kernels ended with it, and this cell. ${gone}`,
      };
    case 'rebooted':
      return { name: 'The machine was started again', message: `The kernel ended with it. ${gone}` };
    case 'lost':
      return {
        name: 'The output is lost',
        message: 'The machine has no journal of this cell any more. Run it again.',
      };
  }
}

function exitText(exit: number | undefined): string {
  if (exit === -9 || exit === 137)
    return 'It was killed by the system (SIGKILL), most often because the machine ran out of memory.';
  if (exit === -11 || exit === 139) return 'It crashed (SIGSEGV).';
  if (exit !== undefined && exit < 0) return `Signal ${-exit} ended its process.`;
  return exit === undefined ? 'Its process ended.' : `Its process ended with code ${exit}.`;
}
