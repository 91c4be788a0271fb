/** Longer than any line that is meant; of a longer one nothing is kept. */
const longestLine = 128 * 1024;

/** Whole lines of bytes that come in pieces. */
export class LineSplitter {
  private readonly decoder = new TextDecoder();
  private rest = '';
  private tooLong = false;

  take(bytes: Uint8Array): readonly string[] {
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.tooLong && lines.length > 0) {
      lines.shift();
      this.tooLong = false;
    }
    if (this.rest.length > longestLine) {
      this.rest = '';
      this.tooLong = true;
    }
    return lines.filter((line) => line.length <= longestLine);
  }
}
