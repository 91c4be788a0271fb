/** Anything that holds something until it is disposed of; VS Code's `Disposable` is one. */
export interface Disposable {
  dispose(): void;
}

/** Disposes of what was added, last first. */
export class Disposables implements Disposable {
  private readonly held: Disposable[] = [];

  add<T extends Disposable>(item: T): T {
    this.held.push(item);
    return item;
  }

  dispose(): void {
    for (let item = this.held.pop(); item; item = this.held.pop()) item.dispose();
  }
}
