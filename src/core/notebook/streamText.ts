/** Lines that a program may still go back to; what lies above stays as it is. */
const reach = 100;

/**
 * What a terminal would show of a stream, whose writer goes back over its own text, as progress bars do: `\r` begins the line anew,
 * `\b` takes a step back, `ESC [ n A` goes up (tqdm with several bars), `ESC [ K` clears the line's rest. Other escape sequences stay,
 * as the editor draws their colours.
 */
export class StreamText {
  private settled = '';
  /** Each a character with the escapes before it, so that what is written over loses its colour too. */
  private lines: string[][] = [[]];
  private row = 0;
  private column = 0;
  /** Escapes, or the beginning of one, that wait for what comes behind them. */
  private pending = '';

  get text(): string {
    return this.settled + this.lines.map((line) => line.join('')).join('\n') + this.pending;
  }

  /** Adds text. `true` where it only came behind what was there, so that the whole is the old one and `text`. */
  write(text: string): boolean {
    const onlyAdds = !moves.test(text) && this.pending === '' && this.atEnd();
    const all = this.pending + text;
    const begun = /\u001b(?:\[[0-9;?]*[ -/]*)?$/.exec(all)?.[0] ?? '';
    this.pending = '';
    if (onlyAdds && !all.includes('\u001b')) {
      this.add(all);
      return true;
    }
    for (const [token, up] of all.slice(0, all.length - begun.length).matchAll(tokens)) {
      if (up !== undefined) this.row = Math.max(0, this.row - Math.max(1, Number(up || '1')));
      else this.take(token);
    }
    this.pending += begun;
    this.settle();
    return onlyAdds;
  }

  private atEnd(): boolean {
    return this.row === this.lines.length - 1 && this.column === (this.lines[this.row]?.length ?? 0);
  }

  /** Plain text behind all that is there: most of what is printed, and much quicker so. */
  private add(text: string): void {
    for (const [index, line] of text.replaceAll('\r\n', '\n').split('\n').entries()) {
      if (index > 0) this.lines.push([]);
      const last = this.lines.length - 1;
      const letters = Array.from(line);
      this.lines[last] = this.lines[last]?.length ? this.lines[last].concat(letters) : letters;
    }
    this.row = this.lines.length - 1;
    this.column = this.lines[this.row]?.length ?? 0;
    this.settle();
  }

  private take(token: string): void {
    if (token === '\n') {
      const line = this.lines[this.row] ?? [];
      const last = line.at(-1);
      // What ends a colour belongs to its line.
      if (last !== undefined && this.pending !== '') {
        line[line.length - 1] = last + this.pending;
        this.pending = '';
      }
      this.row++;
      this.lines[this.row] ??= [];
      this.column = 0;
    } else if (token === '\r') this.column = 0;
    else if (token === '\b') this.column = Math.max(0, this.column - 1);
    else if (token === '\u001b[K' || token === '\u001b[0K') this.lines[this.row]?.splice(this.column);
    else if (token === '\u001b[2K') this.lines[this.row] = [];
    else if (token.length > 1 && token.startsWith('\u001b')) this.pending += token;
    else {
      const line = (this.lines[this.row] ??= []);
      while (line.length < this.column) line.push(' ');
      line[this.column++] = this.pending + token;
      this.pending = '';
    }
  }

  private settle(): void {
    const above = Math.min(this.row, this.lines.length - reach);
    if (above <= 0) return;
    const gone = this.lines.splice(0, above);
    this.settled += gone.map((line) => `${line.join('')}\n`).join('');
    this.row -= above;
  }
}

const moves = /\r(?!\n)|[\b]|\u001b\[(?:\d*A|[02]?K)/;

// The escape that moves up, other escapes, and any other character or run of plain ones.
const tokens = /\u001b\[(\d{0,4})A|\u001b\[[0-9;?]*[ -/]*[@-~]|[^]/gu;
