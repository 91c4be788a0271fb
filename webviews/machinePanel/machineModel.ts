import * as protocol from '../../src/protocol/machinePanel';
import type { MachineAction, MachineView, ProcessView, SavedMachine } from '../../src/protocol/machinePanel';
import type { ChartSource } from '../shared/chartSource';
import { ask, messageOf, onTold, saveState, savedState, startListening } from '../shared/host';
import { tried } from '../shared/refusal';
import { Signal } from '../shared/signal';

/** What all parts of the page share: the machine as the host told it last, and what is kept over a reload. */
class MachineModel {
  /** `undefined` until the host has answered, `null` when the machine is no longer listed. */
  view: MachineView | null | undefined;
  /** Why there is nothing to show. */
  problem: string | undefined;
  /** Why the last thing that the user asked for was not done. */
  refusal: string | undefined;
  saved: SavedMachine = {
    version: 1,
    machine: document.body.dataset.subject ?? '',
    scroll: 0,
    table: false,
  };

  readonly changed = new Signal();
  readonly grew = new Signal<{ series: number }>();

  async start(): Promise<void> {
    const state = savedState();
    if (isSaved(state, this.saved.machine)) this.saved = state;
    saveState(this.saved);
    onTold(protocol.machineChanged, (view) => {
      this.set(view);
    });
    onTold(protocol.chartsGrew, (extent) => {
      this.grew.tell(extent);
    });
    startListening();
    try {
      this.set(await ask(protocol.hello, undefined));
    } catch (error) {
      this.problem = messageOf(error);
      this.changed.tell();
    }
  }

  keep(part: Partial<SavedMachine>): void {
    this.saved = { ...this.saved, ...part };
    saveState(this.saved);
  }

  async act(action: MachineAction): Promise<void> {
    await this.tried(ask(protocol.act, action));
  }

  async stop({ pid, start }: ProcessView): Promise<void> {
    if (start !== undefined) await this.tried(ask(protocol.stopProcess, { pid, start }));
  }

  refuse(refusal: string | undefined): void {
    if (this.refusal === refusal) return;
    this.refusal = refusal;
    this.changed.tell();
  }

  /** Waits for what the user asked for; when it fails, says so at the top of the page. */
  private async tried(work: Promise<void>): Promise<void> {
    await tried(work, (text) => {
      this.refuse(text);
    });
  }

  private set(view: MachineView | null): void {
    this.view = view;
    this.changed.tell();
  }
}

export const machine = new MachineModel();

export const machineCharts: ChartSource = {
  list: () => ask(protocol.listCharts, undefined),
  read: (request) => ask(protocol.readChart, request),
  grew: machine.grew,
  start: () => Infinity,
  hasNodes: () => false,
  marks: () => [],
  watchMarks: () => () => undefined,
};

/** State of another version, or of another machine, is not used. */
function isSaved(state: unknown, id: string): state is SavedMachine {
  if (typeof state !== 'object' || state === null) return false;
  return 'version' in state && state.version === 1 && 'machine' in state && state.machine === id;
}
