import type { HostScripts } from './hostScripts';
import { HostWatch } from './hostWatch';
import type { HostShare } from './placement';

interface Shared {
  readonly watch: HostWatch;
  users: number;
}

/** The watches that somebody needs now, each once however many do. */
export class HostWatches {
  private readonly shared = new Map<string, Shared>();

  constructor(private readonly scripts: (alias: string) => HostScripts) {}

  acquire({ alias, job }: HostShare): { readonly watch: HostWatch; readonly release: () => void } {
    const key = `${alias}/${job}`;
    let held = this.shared.get(key);
    // One that failed is of no use to newcomers.
    if (!held || held.watch.error !== undefined) {
      held = { watch: new HostWatch(this.scripts(alias), job), users: 0 };
      this.shared.set(key, held);
    }
    const { watch } = held;
    const own = held;
    own.users += 1;
    return {
      watch,
      release: () => {
        own.users -= 1;
        if (own.users > 0) return;
        watch.dispose();
        if (this.shared.get(key) === own) this.shared.delete(key);
      },
    };
  }
}
