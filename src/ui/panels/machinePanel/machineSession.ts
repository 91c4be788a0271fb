import { Disposables, type Disposable } from '../../../lib/disposables';
import * as protocol from '../../../protocol/machinePanel';
import type { MachineView } from '../../../protocol/machinePanel';
import type { Core } from '../../../services/core';
import type { MachineEntry } from '../../../services/machines/machines';
import type { Tell } from '../sessionPanel';
import { Throttle } from '../throttle';
import { MachineCharts } from './machineCharts';
import { machineView } from './machineView';

/** Milliseconds between two pictures. */
const pause = 500;

export interface MachinePage {
  readonly tell: Tell;
  readonly show: (view: MachineView | null) => void;
}

/** What one page is served with, from its greeting until it is hidden or closed: only so long is the machine watched for it. */
export class MachineSession implements Disposable {
  readonly charts: MachineCharts;
  private readonly held = new Disposables();
  private told = '';

  constructor(
    private readonly core: Core,
    private readonly entry: MachineEntry,
    private readonly now: () => number,
    private readonly page: MachinePage,
  ) {
    const { samples } = core;
    const { machine } = entry;
    this.held.add(samples.watch(machine));
    this.charts = new MachineCharts(
      () => samples.history(machine.id),
      () => samples.of(machine.id),
    );
    const news = this.held.add(
      new Throttle(pause, () => {
        this.tell();
      }),
    );
    this.held.add(
      samples.onDidChange((id) => {
        if (id === machine.id) news.ask();
      }),
    );
    this.held.add(
      machine.onDidChangeStatus(() => {
        news.ask();
      }),
    );
  }

  /** What the page is greeted with. */
  view(): MachineView {
    const { samples, machines } = this.core;
    const { id } = this.entry.machine;
    // Its platform may say something else of it by now.
    const entry = machines.known.entries.find(({ instance }) => instance.id === id) ?? this.entry;
    return machineView(entry, samples.of(id), samples.problem(id), this.now());
  }

  dispose(): void {
    this.held.dispose();
  }

  private tell(): void {
    const view = this.view();
    this.page.tell(protocol.chartsGrew, { series: this.charts.series });
    const text = JSON.stringify(view);
    if (text === this.told) return;
    this.told = text;
    this.page.tell(protocol.machineChanged, view);
    this.page.show(view);
  }
}
