import { join } from 'node:path';
import { messageOf } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import type { ExitRecord } from '../../core/telemetry';
import { run } from '../../node/process';
import type { ProviderContext } from '../context';
import type { NodeFacts } from '../launched/jobStatus';
import type { Claim } from './claim';
import { isStarter, liveLauncher, seesLaunchers } from './launchers';
import { readExit } from './nodeFiles';
import { findShell, shellPath } from './shell';

/** From the claim to the last node's pid file it takes milliseconds; a machine may be busy. */
const startup = 10_000;
/** How often to ask the launcher's own shell, where we can't see processes. */
const blindPause = 15_000;
const settleTimeout = 60_000;

/**
 * Finds nodes that ended without a word, because the machine was restarted or everything was killed at once. What they left
 * running is ended, and their exit files are written by the launcher's own `settle`.
 */
export class LostNodes {
  private readonly settled = new Map<string, number>();

  constructor(private readonly context: ProviderContext) {}

  /**
   * How nodes ended that had no exit file when `nodes` were read, by rank. A launcher that is gone by now may have ended well since:
   * its exit file is the last that it wrote, so that only a look after its end tells.
   */
  async among(
    folder: string,
    claim: Extract<Claim, { kind: 'started' }>,
    nodes: readonly NodeFacts[],
  ): Promise<ReadonlyMap<number, ExitRecord>> {
    const open = nodes.filter(({ exit }) => !exit);
    if (open.length === 0 || this.context.now() - claim.at < startup) return new Map();
    if (!seesLaunchers) {
      await this.settle(folder, blindPause);
      return new Map();
    }
    const dead: NodeFacts[] = [];
    for (const node of open) if (!(await liveLauncher(folder, node.rank))) dead.push(node);
    // While the starter lives it sees to them.
    if (dead.length === 0 || (await isStarter(claim.pid, folder))) return new Map();
    const exits = await Promise.all(dead.map(({ rank }) => readExit(folder, rank)));
    if (exits.includes(undefined)) await this.settle(folder, Infinity);
    const ends = new Map<number, ExitRecord>();
    for (const { rank } of dead) {
      // One that was only slow to come up lives, and `settle` has left it alone.
      if (!(await liveLauncher(folder, rank))) ends.set(rank, (await readExit(folder, rank)) ?? this.lost());
    }
    return ends;
  }

  private async settle(folder: string, pause: number): Promise<void> {
    const last = this.settled.get(folder);
    if (last !== undefined && this.context.now() - last < pause) return;
    this.settled.set(folder, this.context.now());
    try {
      const shell = findShell(this.context.setting('trainyard.local.shell'));
      const script = join(folder, jobFolder.launcher, 'nodes.sh');
      await run([shell, shellPath(script), shellPath(folder), 'settle'], {
        env: { ...process.env, TRAINYARD_GRACE_SECONDS: '5' },
        timeout: settleTimeout,
      });
    } catch (error) {
      this.context.log.warn(`What a lost job left running could not be ended: ${messageOf(error)}`);
    }
  }

  private lost(): ExitRecord {
    const reason = 'The job’s processes are gone without a word, as after a restart of the computer.';
    return { kind: 'exit', t: this.context.now(), reason, reasonKind: 'lost' };
  }
}
