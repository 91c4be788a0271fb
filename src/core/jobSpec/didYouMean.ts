/** The name of `known` that `word` was probably meant to be. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestRatio = 0.6;
  for (const name of known) {
    const ratio = likeness(word.toLowerCase(), name.toLowerCase());
    if (ratio > bestRatio) {
      best = name;
      bestRatio = ratio;
    }
  }
  return best;
}

/** 1 for equal words, 0 for words without a letter in common. */
function likeness(a: string, b: string): number {
  if (a.length > 60 || b.length > 60) return 0;
  return (2 * commonLength(a, b)) / (a.length + b.length || 1);
}

/** Length of the longest common subsequence. */
function commonLength(a: string, b: string): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const letter of a) {
    const next = [0];
    for (let index = 0; index < b.length; index++) {
      next.push(
        b[index] === letter ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0),
      );
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
