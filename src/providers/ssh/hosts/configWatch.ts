import { watch, existsSync, type FSWatcher } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Disposable } from '../../../lib/disposables';
import type { ConfigFiles } from './configFiles';

/** A file is written in steps; what follows within this time is one change. Milliseconds. */
const settling = 150;

/**
 * Tells when a configuration file changes, comes or goes. Folders are watched rather than files, because editors put a new file in the
 * place of the old one. It never keeps the process alive.
 */
export class ConfigWatch implements Disposable {
  /** By folder. */
  private readonly watchers = new Map<string, FSWatcher>();
  private names = new Map<string, Set<string> | 'all'>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onChange: () => void) {}

  /** Watches what these files depend on, and nothing else any more. `others`: files besides. */
  async follow(config: ConfigFiles, others: readonly string[]): Promise<void> {
    const wanted = new Map<string, Set<string> | 'all'>();
    const add = (path: string) => {
      const [folder, name] = nearest(path);
      const names = wanted.get(folder);
      if (names === 'all') return;
      wanted.set(folder, (names ?? new Set()).add(name));
    };
    for (const path of [...config.roots, ...config.files.keys(), ...others]) {
      add(path);
      const real = await realpath(path).catch(() => path);
      if (real !== path) add(real);
    }
    for (const pattern of config.patterns) {
      const fixed = pattern.split(/[*?[\\]/)[0] ?? '';
      const folder = fixed.length < pattern.length ? (/^(.*)[/]/.exec(fixed)?.[1] ?? '/') : undefined;
      if (folder === undefined) add(pattern);
      else if (existsSync(folder)) wanted.set(folder, 'all');
      else add(folder);
    }
    this.names = wanted;
    for (const [folder, watcher] of this.watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const folder of wanted.keys()) this.watch(folder);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  private watch(folder: string): void {
    if (this.watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        const names = this.names.get(folder);
        if (names === 'all' || name === null || names?.has(name)) this.changed();
      });
      watcher.on('error', () => {
        // The folder went away, which is a change by itself.
        watcher.close();
        this.watchers.delete(folder);
        this.changed();
      });
      this.watchers.set(folder, watcher);
    } catch {
      // Not every file system can be watched, and the system has a limit: the hosts are then read anew at each connect only.
    }
  }

  private changed(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onChange, settling).unref();
  }
}

/** The nearest folder above `path` that exists, and the name in it that leads there. */
function nearest(path: string): readonly [folder: string, name: string] {
  const folder = dirname(path);
  if (folder === path || existsSync(folder)) return [folder, basename(path)];
  return nearest(folder);
}
