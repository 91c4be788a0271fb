/** The line that a program answers with is no longer. */
const longestLine = 200;

/** What a program prints before it takes anything: a line, and bytes where the line says how many. */
export interface Answer {
  /** The first of the line. */
  readonly word: string;
  /** Absent where the line says nothing of any, or of more than can be taken. */
  readonly bytes?: Uint8Array;
}

/**
 * Reads `word [size]`, a newline and `size` bytes from `output`, and leaves what comes then to its next reader. `undefined` where it ends
 * before that.
 */
export async function answerOf(
  output: AsyncIterable<Uint8Array>,
  longest: number,
): Promise<Answer | undefined> {
  const reader = output[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let held = 0;
  let lineEnd = -1;
  let end = Infinity;
  let word = '';
  while (held < end) {
    const next: IteratorResult<Uint8Array, unknown> = await reader.next();
    if (next.done) return undefined;
    chunks.push(next.value);
    held += next.value.length;
    if (lineEnd >= 0) continue;
    const head = Buffer.concat(chunks);
    lineEnd = head.indexOf('\n');
    if (lineEnd < 0 && held <= longestLine) continue;
    const [first = '', size] = head.toString('utf8', 0, lineEnd < 0 ? longestLine : lineEnd).split(' ');
    word = first;
    if (lineEnd < 0 || size === undefined || !/^\d{1,12}$/.test(size) || Number(size) > longest)
      return { word };
    end = lineEnd + 1 + Number(size);
  }
  return { word, bytes: Buffer.concat(chunks).subarray(lineEnd + 1, end) };
}
