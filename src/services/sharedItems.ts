import type { Disposable } from '../lib/disposables';

/** Things that several users hold at once by key: made for the first, disposed of after the last. */
export class SharedItems<T extends Disposable> {
  private readonly held = new Map<string, { readonly item: Promise<T>; users: number }>();

  /** `release` may be called more than once. */
  async acquire(key: string, make: () => Promise<T>): Promise<{ item: T; release: () => void }> {
    const entry = this.held.get(key) ?? { item: make(), users: 0 };
    this.held.set(key, entry);
    entry.users += 1;
    let mine = true;
    const release = () => {
      if (!mine) return;
      mine = false;
      entry.users -= 1;
      if (entry.users > 0) return;
      this.held.delete(key);
      void entry.item.then(
        (item) => {
          item.dispose();
        },
        () => undefined, // It was never made: whoever asked for it has the error.
      );
    };
    try {
      return { item: await entry.item, release };
    } catch (error) {
      release();
      throw error;
    }
  }
}
