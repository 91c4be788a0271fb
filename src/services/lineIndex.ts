const newline = 0x0a;
const blockBits = 16;
const blockLines = 1 << blockBits;

/**
 * Where the lines of a growing file begin and end, from its bytes alone: 4 bytes a line. Chunks may be cut anywhere.
 * A last line without its newline counts once it has a byte.
 */
export class LineIndex {
  /** Newline offsets, 65,536 to a block, relative to `bases`; 4 GB lines make a block of doubles instead. */
  private readonly blocks: (Uint32Array | Float64Array)[] = [];
  private readonly bases: number[] = [];
  private newlines = 0;
  private size = 0;

  /** Bytes seen so far. */
  get bytes(): number {
    return this.size;
  }

  get count(): number {
    return this.newlines + (this.size > this.end(this.newlines - 1) + 1 ? 1 : 0);
  }

  /** Lines that have their newline. */
  get whole(): number {
    return this.newlines;
  }

  append(chunk: Uint8Array): void {
    // Buffer's search is the platform's memchr, several times faster than Uint8Array's own.
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1))
      this.push(this.size + at);
    this.size += bytes.length;
  }

  start(line: number): number {
    return this.end(line - 1) + 1;
  }

  /** Offset of the line's newline; of a torn last line, where the bytes end now; -1 before the first. */
  end(line: number): number {
    if (line < 0) return -1;
    if (line >= this.newlines) return this.size;
    const block = line >>> blockBits;
    return (this.bases[block] ?? 0) + (this.blocks[block]?.[line & (blockLines - 1)] ?? 0);
  }

  /** How many lines end, newline included, within the first `bytes` bytes. */
  linesWithin(bytes: number): number {
    let low = 0;
    let high = this.newlines;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.end(middle) < bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private push(offset: number): void {
    const block = this.newlines >>> blockBits;
    const slot = this.newlines & (blockLines - 1);
    if (slot === 0) {
      this.bases[block] = offset;
      this.blocks[block] = new Uint32Array(block === 0 ? 256 : blockLines);
    }
    const base = this.bases[block] ?? 0;
    let offsets = this.blocks[block];
    if (!offsets) throw new RangeError('line index is out of step');
    if (slot >= offsets.length) offsets = this.blocks[block] = grown(offsets);
    if (offset - base > 0xffffffff && offsets instanceof Uint32Array) {
      offsets = this.blocks[block] = Float64Array.from(offsets);
    }
    offsets[slot] = offset - base;
    this.newlines += 1;
  }
}

function grown(offsets: Uint32Array | Float64Array): Uint32Array | Float64Array {
  const larger =
    offsets instanceof Uint32Array
      ? new Uint32Array(offsets.length * 4)
      : new Float64Array(offsets.length * 4);
  larger.set(offsets);
  return larger;
}
