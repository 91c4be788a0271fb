import { machinePanelViewType, type MachineAction } from '../../../protocol/machinePanel';
import type { Core } from '../../../services/core';
import type { MachineEntry } from '../../../services/machines/machines';
import type { ProcessName } from '../../../services/samples/machineSamples';
import { KeyedPanels } from '../keyedPanels';
import type { PanelDeps } from '../sessionPanel';
import { checkedMachineId } from './machineChecks';
import { MachinePanel } from './machinePanel';

/** What the panels use of the extension. */
export interface MachinePanelDeps extends PanelDeps {
  find(core: Core, machineId: string): Promise<MachineEntry | undefined>;
  act(action: MachineAction, machineId: string): Promise<void>;
  /** Asks natively first. */
  stopProcess(machineId: string, process: ProcessName): Promise<void>;
}

/** The open panels of machines, at most one each. */
export class MachinePanels extends KeyedPanels<MachinePanel> {
  constructor(deps: MachinePanelDeps) {
    super(
      machinePanelViewType,
      ({ machine }) => checkedMachineId(machine),
      (panel, id) => new MachinePanel(panel, id, deps),
    );
  }

  /** Shows the machine's panel; the one that is open already comes to the front. */
  open(machineId: string, label: string): void {
    const open = this.get(machineId);
    if (open) open.reveal();
    else this.create(machineId, label);
  }
}
