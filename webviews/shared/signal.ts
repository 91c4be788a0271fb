/** Tells its listeners. The result of `on` takes the listener away again. */
export class Signal<T = void> {
  private readonly listeners = new Set<(value: T) => void>();

  on(listener: (value: T) => void): () => void {
    const own = (value: T) => {
      listener(value);
    };
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  tell(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }
}
