const blockBits = 14;
const blockLength = 1 << blockBits;
const within = blockLength - 1;

/**
 * A growing column of numbers, in blocks: it never moves what it holds, so adding one takes no longer in a column of
 * millions. A copy shares the blocks that are full.
 */
export class NumberColumn {
  length = 0;
  private blocks: Float64Array<ArrayBuffer>[] = [new Float64Array(16)];
  /** The block that is written, where it is known to be there and not another's. */
  private tail = this.blocks[0];
  /** Blocks before this one are another column's too, and are not written. */
  private own = 0;

  /** NaN where there is none. */
  at(index: number): number {
    return this.blocks[index >>> blockBits]?.[index & within] ?? NaN;
  }

  push(value: number): void {
    const at = this.length & within;
    let { tail } = this;
    if (at === 0 || !tail || at === tail.length) tail = this.tail = this.nextTail();
    tail[at] = value;
    this.length++;
  }

  truncate(length: number): void {
    if (length >= this.length) return;
    this.length = length;
    this.blocks.length = Math.min(this.blocks.length, (length >>> blockBits) + 1);
    this.ownLast();
  }

  copy(length: number): NumberColumn {
    const copy = new NumberColumn();
    copy.blocks = this.blocks.slice();
    copy.own = copy.blocks.length;
    copy.length = this.length;
    copy.truncate(length);
    copy.ownLast();
    return copy;
  }

  /** A copy of exactly the size. */
  slice(from: number, to: number): Float64Array<ArrayBuffer> {
    const slice = new Float64Array(Math.max(0, to - from));
    for (let at = from; at < to;) {
      const start = at & within;
      const end = Math.min(blockLength, start + to - at);
      const block = this.blocks[at >>> blockBits];
      if (block) slice.set(block.subarray(start, end), at - from);
      at += end - start;
    }
    return slice;
  }

  private nextTail(): Float64Array<ArrayBuffer> {
    const index = this.length >>> blockBits;
    const at = this.length & within;
    let block = this.blocks[index];
    if (!block) this.blocks.push((block = new Float64Array(blockLength)));
    else if (at === block.length) block = this.blocks[index] = sized(block, block.length * 2);
    return block;
  }

  /** The block that is written next. */
  private ownLast(): void {
    this.tail = undefined;
    const last = this.length >>> blockBits;
    const block = this.blocks[last];
    if (block && last < this.own) this.blocks[last] = block.slice();
    this.own = Math.min(this.own, last);
  }
}

function sized(column: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(length);
  copy.set(column);
  return copy;
}
