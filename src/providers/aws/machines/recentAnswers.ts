/** Milliseconds after which an answer is asked for again: another window, or a person in the console, may have changed it. */
const fresh = 300_000;

/** Answers that rarely change, each of which takes a call: asked for again every few minutes, and after a failure at once. */
export class RecentAnswers<T> {
  private readonly known = new Map<string, { readonly at: number; readonly answer: Promise<T> }>();

  constructor(private readonly now: () => number = Date.now) {}

  get(key: string, ask: () => Promise<T>): Promise<T> {
    const before = this.known.get(key);
    const age = this.now() - (before?.at ?? -Infinity);
    if (before && age >= 0 && age < fresh) return before.answer;
    const entry = { at: this.now(), answer: ask() };
    this.known.set(key, entry);
    entry.answer.catch(() => {
      if (this.known.get(key) === entry) this.known.delete(key);
    });
    return entry.answer;
  }

  forget(key: string): void {
    this.known.delete(key);
  }
}
