/** A growing list of whole numbers below 2^32, four bytes each. */
export class Uint32List {
  length: number;
  private values: Uint32Array;

  constructor(from: Uint32Array = new Uint32Array(0)) {
    this.values = from;
    this.length = from.length;
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(Math.max(16, this.length * 2));
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  /** Shares its memory with the list, which only adds to it. */
  toArray(): Uint32Array {
    return this.values.subarray(0, this.length);
  }

  /** 0 behind the end. */
  at(index: number): number {
    return index < this.length ? (this.values[index] ?? 0) : 0;
  }

  /** Of a list that grows: index of the first value that is at least `value`, `length` when there is none. */
  firstAtLeast(value: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.values[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Of a list that grows: index of the last value that is at most `value`, -1 when there is none. */
  lastAtMost(value: number): number {
    return this.firstAtLeast(value + 1) - 1;
  }
}
