/** One simple command of a shell script: its words, with quotes taken off. */
export type ShellCommand = readonly ShellWord[];

export interface ShellWord {
  /** A variable that is not in `variables` stays as it was written. */
  readonly text: string;
  /** Whether all of it could be read: no command substitution, no variable that only the job knows. */
  readonly known: boolean;
}

/** Longest script that is read, in characters. */
const longest = 100_000;

/**
 * The simple commands of a POSIX shell script, as far as they can be read without running it: here-documents and comments
 * are passed over, `$NAME` and `${NAME}` are replaced where `variables` has them.
 */
export function shellCommands(
  script: string,
  variables: Readonly<Record<string, string>> = {},
): readonly ShellCommand[] {
  return new ShellReader(script.slice(0, longest), variables).read();
}

class ShellReader {
  private at = 0;
  private readonly commands: ShellWord[][] = [];
  private words: ShellWord[] = [];
  /** `undefined` between words. */
  private text: string | undefined;
  private known = true;
  /** Ends of here-documents whose text begins on the next line. */
  private pending: string[] = [];

  constructor(
    private readonly script: string,
    private readonly variables: Readonly<Record<string, string>>,
  ) {}

  read(): readonly ShellCommand[] {
    while (this.at < this.script.length) this.take(this.script[this.at] ?? '');
    this.endCommand();
    return this.commands;
  }

  private take(character: string): void {
    const rest = this.script.slice(this.at, this.at + 2);
    if (rest === '\\\n') this.at += 2;
    else if (character === '\\') this.add(this.script[this.at + 1] ?? '', 2);
    else if (character === "'") this.single();
    else if (character === '"') this.double();
    else if (character === '$' || character === '`') this.variable();
    else if (character === '#' && this.text === undefined) this.comment();
    else if (rest === '<<') this.hereDocument();
    else if (character === '\n') this.newLine();
    else if (/[ \t\r]/.test(character)) this.endWord(1);
    else if (/[;|&(){}<>]/.test(character) && !this.insideWord(character)) this.endCommand(1);
    else this.add(character, 1);
  }

  /** Braces are only separators where they stand alone. */
  private insideWord(character: string): boolean {
    if (!/[{}]/.test(character)) return false;
    return this.text !== undefined || !/[\s;|&)]/.test(this.script[this.at + 1] ?? ' ');
  }

  private single(): void {
    const end = this.script.indexOf("'", this.at + 1);
    const to = end < 0 ? this.script.length : end;
    this.add(this.script.slice(this.at + 1, to), to + 1 - this.at);
  }

  private double(): void {
    this.add('', 1);
    for (;;) {
      const character = this.script[this.at];
      if (character === undefined) return;
      if (character === '"') {
        this.at += 1;
        return;
      }
      if (character === '\\') this.add(this.script[this.at + 1] ?? '', 2);
      else if (character === '$' || character === '`') this.variable();
      else this.add(character, 1);
    }
  }

  private variable(): void {
    const rest = this.script.slice(this.at, this.at + 200);
    const [written = '', braced, bare] = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/.exec(rest) ?? [];
    const value = written === '' ? undefined : own(this.variables, braced ?? bare ?? '');
    if (value !== undefined) {
      this.add(value, written.length);
      return;
    }
    this.known = false;
    this.add(written || (this.script[this.at] ?? ''), written.length || 1);
  }

  private comment(): void {
    const end = this.script.indexOf('\n', this.at);
    this.at = end < 0 ? this.script.length : end;
  }

  private hereDocument(): void {
    const [all = '<<', , end] =
      /^<<-?[ \t]*(['"]?)([A-Za-z_]\w*)\1/.exec(this.script.slice(this.at, this.at + 200)) ?? [];
    if (end !== undefined) this.pending.push(end);
    this.endWord(all.length);
  }

  private newLine(): void {
    this.endCommand(1);
    for (const end of this.pending) {
      const found = new RegExp(`^\\t*${end}$`, 'm').exec(this.script.slice(this.at));
      this.at = found ? this.at + found.index + found[0].length : this.script.length;
    }
    this.pending = [];
  }

  private add(text: string, length: number): void {
    this.text = (this.text ?? '') + text;
    this.at += length;
  }

  private endWord(length: number): void {
    if (this.text !== undefined) this.words.push({ text: this.text, known: this.known });
    this.text = undefined;
    this.known = true;
    this.at += length;
  }

  private endCommand(length = 0): void {
    this.endWord(length);
    if (this.words.length > 0) this.commands.push(this.words);
    this.words = [];
  }
}

function own(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
