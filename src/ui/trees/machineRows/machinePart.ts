import type { Machine } from '../../../core/machine';
import type { Disposable } from '../../../lib/disposables';
import type { Event } from '../../../lib/event';
import type { MachineEntry } from '../../../services/machines/machines';
import type { Row } from '../row';

/** A row below a machine, with those below it. */
export interface PartRow {
  /** Its `id` is unique below the machine, and stable. */
  readonly row: Row;
  readonly rows?: readonly PartRow[];
  /** What the commands of its menu are about, such as the id of a port or a kernel. */
  readonly item?: string;
}

/**
 * What one service shows of each machine in the Machines view. Asked whenever the view is drawn: all of it answers at once from what
 * is known, and `onDidChange` says when there is more.
 */
export interface MachinePart {
  /** Words of the machine's own line, most important first, such as `GPU 83 %`. */
  words?(entry: MachineEntry): readonly string[];
  /** Lines of its tooltip. */
  facts?(entry: MachineEntry): readonly (readonly [name: string, value: string])[];
  rows?(entry: MachineEntry): readonly PartRow[];
  /** Id of the machine of which there is something new; `undefined`: it may be any. */
  readonly onDidChange?: Event<string | undefined>;
  /** Called when somebody can see that the machine is attached, and disposed of when not: meanwhile it may be watched. */
  watch?(machine: Machine): Disposable;
}
