import type * as vscode from 'vscode';
import type { MachineState } from '../../../core/machine';
import * as protocol from '../../../protocol/machinePanel';
import type { MachineView } from '../../../protocol/machinePanel';
import { checkedChartRequest, oneOf } from '../checks';
import { SessionPanel } from '../sessionPanel';
import { tabIcon } from '../tabIcon';
import { checkedProcess } from './machineChecks';
import type { MachinePanelDeps } from './machinePanels';
import { MachineSession } from './machineSession';
import { machineTabIcon } from './machineTabIcon';

/** A machine's panel. */
export class MachinePanel extends SessionPanel<MachineSession> {
  /** What its tab's icon shows. */
  private shown: MachineState | undefined;

  constructor(
    panel: vscode.WebviewPanel,
    private readonly machineId: string,
    private readonly deps: MachinePanelDeps,
  ) {
    super(panel, deps.extensionUri, {
      ...{ program: 'machinePanel', element: 'machine-panel', title: machineId, subject: machineId },
      remedy: 'watch the machine again',
    });
    this.answerAll();
  }

  reveal(): void {
    this.panel.reveal();
  }

  private answerAll(): void {
    const { deps, machineId } = this;
    this.answer(protocol.hello, () => this.greet());
    this.answer(protocol.act, (action) =>
      deps.act(oneOf(protocol.machineActions, action, 'action'), machineId),
    );
    this.answer(protocol.stopProcess, (process) => deps.stopProcess(machineId, checkedProcess(process)));
    this.answer(protocol.listCharts, () => this.current().charts.list());
    this.answer(protocol.readChart, (request) => this.current().charts.chart(checkedChartRequest(request)));
  }

  private async greet(): Promise<MachineView | null> {
    const core = await this.deps.core();
    const entry = await this.deps.find(core, this.machineId);
    if (!entry) {
      this.endSession();
      this.show(null);
      return null;
    }
    const session = this.begin(
      (tell) =>
        new MachineSession(core, entry, this.deps.now, {
          tell,
          show: (view) => {
            this.show(view);
          },
        }),
    );
    const view = session.view();
    this.show(view);
    return view;
  }

  private show(view: MachineView | null): void {
    this.panel.title = view?.label ?? this.machineId;
    const state = view?.state ?? 'detached';
    if (state === this.shown) return;
    this.shown = state;
    this.panel.iconPath = tabIcon((theme) => machineTabIcon(state, theme));
  }
}
