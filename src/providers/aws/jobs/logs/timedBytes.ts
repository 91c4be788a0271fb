import type { ByteTime } from '../../../../core/provider';

/** Milliseconds that one time stands for: a log may have many lines in each. */
const grain = 1000;

/** Bytes of a log as they come, most of them as lines of text, and when each was written, to the second. */
export class TimedBytes {
  /** Lines that were added since the last `take`. */
  lines = 0;
  private pieces: Uint8Array[] = [];
  private size = 0;
  private texts: string[] = [];
  private times: ByteTime[] = [];
  private t = 0;

  line(text: string, t: number): void {
    this.moveTo(t);
    this.lines += 1;
    this.texts.push(text);
  }

  add(bytes: Uint8Array, t: number): void {
    this.moveTo(t);
    this.pack();
    this.push(bytes);
  }

  take(): { readonly bytes: Uint8Array; readonly times: readonly ByteTime[] } {
    this.mark();
    const { times } = this;
    const [first, ...more] = this.pieces;
    [this.pieces, this.times, this.size, this.lines] = [[], [], 0, 0];
    if (!first) return { bytes: new Uint8Array(0), times };
    return { bytes: more.length === 0 ? first : Buffer.concat([first, ...more]), times };
  }

  private moveTo(t: number): void {
    if (t === this.t) return;
    if (Math.floor(t / grain) !== Math.floor(this.t / grain)) this.mark();
    this.t = t;
  }

  /** What came until now came at the time of its last piece. */
  private mark(): void {
    this.pack();
    if (this.size > (this.times.at(-1)?.bytes ?? 0)) this.times.push({ bytes: this.size, t: this.t });
  }

  private pack(): void {
    if (this.texts.length === 0) return;
    this.texts.push('');
    this.push(Buffer.from(this.texts.join('\n')));
    this.texts = [];
  }

  private push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.pieces.push(bytes);
    this.size += bytes.length;
  }
}
