import type { Instances } from '../../core/instance';
import type { Machine } from '../../core/machine';
import type { Connection } from '../../core/provider';
import type { Disposable } from '../../lib/disposables';
import type { Event } from '../../lib/event';

type Source = Instances | Machine | Event<void>;

/**
 * Platforms, sign-ins to them and machines that are listened to, each once; and the platforms that are asked every now and then while
 * somebody looks.
 */
export class MachineSources implements Disposable {
  private readonly heard = new Map<Source, Disposable>();
  private readonly watched = new Map<Instances, Disposable>();
  private watchers = 0;

  constructor(
    private readonly onPlatform: () => void,
    private readonly onStatus: (machine: Machine) => void,
  ) {}

  get platforms(): readonly Instances[] {
    return [...this.heard.keys()].filter(isPlatform);
  }

  /** Listens to these, and to nothing else any more. */
  hear(connections: readonly Connection[], machines: readonly Machine[]): void {
    const asked = connections.filter(({ instances }) => instances);
    const wanted = new Set<Source>([
      ...asked.flatMap(({ instances }) => instances ?? []),
      // Who was refused is let in again: there is more to list than before.
      ...asked.flatMap(({ access }) => access?.onDidRestore ?? []),
      ...machines,
    ]);
    for (const [source, listener] of this.heard) {
      if (wanted.has(source)) continue;
      listener.dispose();
      this.heard.delete(source);
    }
    for (const source of wanted) {
      if (this.heard.has(source)) continue;
      this.heard.set(source, this.listen(source));
    }
    this.watchAll();
  }

  /** Somebody looks, until it is disposed of. */
  watch(): Disposable {
    this.watchers += 1;
    if (this.watchers === 1) this.watchAll();
    let held = true;
    return {
      dispose: () => {
        if (!held) return;
        held = false;
        this.watchers -= 1;
        if (this.watchers === 0) this.watchAll();
      },
    };
  }

  dispose(): void {
    this.watchers = 0;
    this.watchAll();
    for (const listener of this.heard.values()) listener.dispose();
    this.heard.clear();
  }

  private listen(source: Source): Disposable {
    if (typeof source === 'function') return source(this.onPlatform);
    if (isPlatform(source)) return source.onDidChange(this.onPlatform);
    return source.onDidChangeStatus(() => {
      this.onStatus(source);
    });
  }

  private watchAll(): void {
    const wanted = new Set(this.watchers > 0 ? this.platforms : []);
    for (const [platform, watching] of this.watched) {
      if (wanted.has(platform)) continue;
      watching.dispose();
      this.watched.delete(platform);
    }
    for (const platform of wanted) {
      if (this.watched.has(platform)) continue;
      const watching = platform.watch?.();
      if (watching) this.watched.set(platform, watching);
    }
  }
}

function isPlatform(source: Source): source is Instances {
  return 'list' in source;
}
