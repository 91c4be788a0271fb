/** What a kernel says of one value: representations by MIME type; JSON ones are values, others text (images in base64). */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** How a cell's run came to its end. */
export type CellEnd =
  | 'ok'
  | 'error'
  /** It never began: a cell before it failed, or it was interrupted while it waited. */
  | 'aborted'
  /** The kernel's process ended by itself. */
  | 'died'
  | 'restarted'
  | 'shutDown'
  /** The notebook server ended, and its kernels with it. */
  | 'serverDied'
  /** The machine was started again. */
  | 'rebooted'
  /** The machine has nothing of this run any more. */
  | 'lost';

/** One line of a cell's journal, as `src/remote/notebookCells.py` writes it. `t` is in Unix milliseconds of the machine's clock. */
export type CellRecord =
  | { readonly type: 'queued'; readonly t: number }
  | { readonly type: 'started'; readonly t: number; readonly count?: number }
  | { readonly type: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | Display<'display_data'>
  | Display<'update_display_data'>
  | (Display<'execute_result'> & { readonly count?: number })
  | {
      readonly type: 'error';
      readonly name: string;
      readonly message: string;
      readonly traceback: readonly string[];
    }
  | { readonly type: 'clear_output'; readonly wait: boolean }
  /** What `object?` shows. */
  | { readonly type: 'page'; readonly data: MimeBundle }
  | {
      readonly type: 'input';
      readonly request: number;
      readonly prompt: string;
      readonly password: boolean;
    }
  | { readonly type: 'answered'; readonly request: number }
  /** From here on output was left out, as there was more than `bytes`. */
  | { readonly type: 'cut'; readonly bytes: number }
  | { readonly type: 'ended'; readonly t: number; readonly status: CellEnd; readonly exit?: number };

interface Display<T extends string> {
  readonly type: T;
  readonly data: MimeBundle;
  readonly metadata: MimeBundle;
  /** Names it, so that a later record may replace what it shows. */
  readonly display?: string;
}

/** Reads a line. The bytes come from another machine: `undefined` for whatever is no record. */
export function parseCellRecord(line: string): CellRecord | undefined {
  const value = parsed(line);
  if (!value) return undefined;
  const t = number(value.t) ?? 0;
  const count = number(value.count);
  switch (value.type) {
    case 'queued':
      return { type: 'queued', t };
    case 'started':
      return { type: 'started', t, ...(count !== undefined && { count }) };
    case 'stream':
      return {
        type: 'stream',
        name: value.name === 'stderr' ? 'stderr' : 'stdout',
        text: text(value.text),
      };
    case 'display_data':
    case 'update_display_data':
      return { type: value.type, ...display(value) };
    case 'execute_result': {
      const of = number(value.execution_count);
      return { type: 'execute_result', ...display(value), ...(of !== undefined && { count: of }) };
    }
    case 'error':
      return {
        type: 'error',
        name: text(value.ename),
        message: text(value.evalue),
        traceback: Array.isArray(value.traceback) ? value.traceback.map(text) : [],
      };
    case 'clear_output':
      return { type: 'clear_output', wait: value.wait === true };
    case 'page':
      return { type: 'page', data: object(value.data) };
    case 'input':
      return {
        type: 'input',
        request: number(value.request) ?? 0,
        prompt: text(value.prompt),
        password: value.password === true,
      };
    case 'answered':
      return { type: 'answered', request: number(value.request) ?? 0 };
    case 'cut':
      return { type: 'cut', bytes: number(value.bytes) ?? 0 };
    case 'ended': {
      const exit = number(value.exit);
      return { type: 'ended', t, status: cellEnd(value.status), ...(exit !== undefined && { exit }) };
    }
    default:
      return undefined;
  }
}

const said = ['ok', 'error', 'aborted', 'died', 'restarted', 'shutDown'] as const;

function cellEnd(status: unknown): CellEnd {
  return said.find((known) => known === status) ?? 'error';
}

function display(value: Readonly<Record<string, unknown>>) {
  const name = object(value.transient).display_id;
  return {
    data: object(value.data),
    metadata: object(value.metadata),
    ...(typeof name === 'string' && { display: name }),
  };
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
