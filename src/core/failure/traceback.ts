/** A place in the source, as Python names it. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

/** One traceback, or several that Python chained into one report. */
export interface Traceback {
  /** Index of its first line and of the line behind its error. */
  readonly start: number;
  readonly end: number;
  /** Such as `ValueError: shapes do not match`, of the last in the chain. */
  readonly error: string;
  /** Of the last in the chain, outermost first: the last is where it happened. */
  readonly frames: readonly Frame[];
  /** Rank that the lines' prefix names. */
  readonly rank: number | undefined;
  /** Names the process among those that share the log; `''` without a prefix. */
  readonly source: string;
}

/** A line without what PyTorch (`[rank1]:`), torchrun (`[default1]:`) and mpirun (`[1,mpirank:1,algo-1]<stderr>:`) put before it. */
export interface SourceLine {
  readonly source: string;
  readonly rank: number | undefined;
  readonly text: string;
}

export function sourceLine(line: string): SourceLine {
  const match =
    /^(?:\[default(\d{1,6})\]: ?|\[\d{1,6},(?:mpirank:)?(\d{1,6})(?:,[\w.-]{1,60})?\]<std(?:out|err)>: ?)?(?:\[rank(\d{1,6})\]: ?)?/.exec(
      line,
    );
  const prefix = match?.[0] ?? '';
  const rank = match?.[3] ?? match?.[2] ?? match?.[1];
  return {
    source: prefix.replaceAll(' ', '').replace('<stdout>', '<stderr>'),
    rank: rank === undefined ? undefined : Number(rank),
    text: line.slice(prefix.length),
  };
}

const header = /^(Exception Group |Original )?Traceback \(most recent call last\):\s*$/;
const frameLine = /^\s*File "([^"]{1,1000})", line (\d{1,9})(?:, in (.{1,200}))?\s*$/;
const fatalFrame = /^\s*File "([^"]{1,1000})", line (\d{1,9}) in (.{1,200})$/;
const errorLine = /^[A-Za-z_][\w.]{0,200}(?::(?:\s.*)?)?$/;
const chainLine = /^(?:The above exception was the direct cause of|During handling of the above exception)/;
const syntaxError = /^(?:SyntaxError|IndentationError|TabError): /;
/** What stands before the lines of an exception group: `  | `, `  + `, `  +-+------- 1 -------`. */
const groupMargin = /^\s*[|+](?:-\+)?(?:-+ (?:\d+|\.\.\.) -+|-+)? ?/;

type Growing = { -readonly [K in keyof Traceback]: Traceback[K] } & { members: number };

/** Reads the lines of one process. */
class TracebackReader {
  private open: { start: number; frames: Frame[]; group: boolean } | undefined;
  /** The report before, as long as a chained traceback may go on with it. */
  private before: Growing | undefined;
  private linked = false;
  /** A `File` line outside of a traceback: a syntax error's. */
  private lone: { index: number; frame: Frame } | undefined;

  private fatal: Growing | undefined;

  constructor(
    private readonly found: Growing[],
    private readonly source: string,
    private readonly rank: number | undefined,
  ) {}

  read(line: string, index: number): void {
    const grouped =
      (this.open?.group ?? (this.before !== undefined && this.before.members >= 0)) ||
      header.test(line.replace(groupMargin, ''));
    const text = grouped ? line.replace(groupMargin, '') : line;
    const head = header.exec(text);
    if (head) {
      this.start(index, head[1], text !== line);
    } else if (this.open) {
      this.goOn(this.open, text, index);
    } else {
      this.outside(text, index);
    }
  }

  private start(index: number, word: string | undefined, group: boolean): void {
    const linked = this.linked || word === 'Original ' || (group && (this.before?.members ?? -1) >= 0);
    if (!linked) this.before = undefined;
    this.linked = false;
    this.open = { start: index, frames: [], group };
  }

  private goOn(open: NonNullable<typeof this.open>, text: string, index: number): void {
    const frame = frameOf(text);
    if (frame) {
      open.frames.push(frame);
      return;
    }
    if (text === '' || /^\s/.test(text)) return;
    this.open = undefined;
    if (errorLine.test(text)) this.report(open, text.trim(), index + 1);
  }

  private report({ start, frames, group }: NonNullable<typeof this.open>, error: string, end: number): void {
    const { before } = this;
    if (!before) {
      const members = group ? 0 : -1;
      this.before = { start, end, error, frames, rank: this.rank, source: this.source, members };
      this.found.push(this.before);
      return;
    }
    before.end = end;
    if (before.members >= 0) before.members += 1;
    if (before.members > 1) return; // Of a group, the first member is what went wrong first.
    before.error = error;
    before.frames = frames;
  }

  /** `faulthandler` writes its error first, and its frames innermost first. */
  private readFatal(text: string, index: number): boolean {
    if (text.startsWith('Fatal Python error: ')) {
      const { source, rank } = this;
      this.before = undefined;
      this.fatal = {
        start: index,
        end: index + 1,
        error: text.trim(),
        frames: [],
        rank,
        source,
        members: -1,
      };
      this.found.push(this.fatal);
      return true;
    }
    const match = this.fatal && fatalFrame.exec(text);
    if (this.fatal && match) {
      const frame = { file: match[1] ?? '', line: Number(match[2]), function: match[3]?.trim() ?? '' };
      this.fatal.frames = [frame, ...this.fatal.frames].slice(-100);
      this.fatal.end = index + 1;
      return true;
    }
    if (!/^(?:Current t|T)hread 0x/.test(text)) this.fatal = undefined;
    return false;
  }

  private outside(text: string, index: number): void {
    if (text.trim() === '') return;
    if (this.readFatal(text, index)) return;
    const frame = frameOf(text);
    if (frame) {
      this.lone = { index, frame };
    } else if (this.lone && syntaxError.test(text) && index - this.lone.index < 20) {
      this.report(
        { start: this.lone.index, frames: [this.lone.frame], group: false },
        text.trim(),
        index + 1,
      );
      this.lone = undefined;
    }
    this.linked = this.before !== undefined && chainLine.test(text);
    // What the message of the error goes on with is not the end of the report, but a line much later is.
    if (!this.linked && this.before && index - this.before.end > 10) this.before = undefined;
  }
}

/** All tracebacks of a log, in the order in which they begin to be known; lines of processes that share it may be mixed. */
export function findTracebacks(lines: readonly SourceLine[]): Traceback[] {
  const found: Growing[] = [];
  const readers = new Map<string, TracebackReader>();
  lines.forEach(({ source, rank, text }, index) => {
    const reader = readers.get(source) ?? new TracebackReader(found, source, rank);
    readers.set(source, reader);
    reader.read(text, index);
  });
  return found;
}

function frameOf(text: string): Frame | undefined {
  const match = frameLine.exec(text);
  return match
    ? { file: match[1] ?? '', line: Number(match[2]), function: match[3]?.trim() ?? '' }
    : undefined;
}
