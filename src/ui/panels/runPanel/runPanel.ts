import * as vscode from 'vscode';
import { CancelledError } from '../../../core/errors';
import * as protocol from '../../../protocol/runPanel';
import type { RunTab } from '../../../protocol/runPanel';
import {
  checkedAction,
  checkedChartRequest,
  checkedFindRequest,
  checkedHitRequest,
  checkedIndex,
  checkedLine,
  checkedLogRequest,
  checkedMarksRequest,
  checkedNode,
  checkedOutput,
  checkedOutputName,
  checkedRows,
  checkedSearch,
} from '../checks';
import { SessionPanel } from '../sessionPanel';
import { tabIcon } from '../tabIcon';
import { RunActions } from './runActions';
import type { RunPanelDeps } from './runPanels';
import { RunSession } from './runSession';
import { stateIcon } from './stateIcon';

/** A job's panel. */
export class RunPanel extends SessionPanel<RunSession> {
  constructor(
    panel: vscode.WebviewPanel,
    private readonly jobId: string,
    private readonly deps: RunPanelDeps,
    /** The tab to open with; taken once. */
    private wantedTab?: RunTab,
  ) {
    super(panel, deps.extensionUri, {
      ...{ program: 'runPanel', element: 'run-panel', title: jobId, subject: jobId },
      remedy: 'open the job again',
    });
    this.answerAll();
  }

  reveal(tab?: RunTab): void {
    if (!tab || !this.told(protocol.showTab, tab)) this.wantedTab = tab;
    this.panel.reveal();
  }

  private answerAll(): void {
    const actions = new RunActions(this.jobId, this.deps);
    const { deps } = this;
    this.answer(protocol.hello, () => this.greet());
    this.answer(protocol.act, (action) => actions.run(checkedAction(action)));
    this.answer(protocol.readFailure, () => this.current().failure.view());
    this.answer(protocol.openFrame, (index) => this.current().failure.open(checkedIndex(index)));
    this.answer(protocol.readLog, (request) => {
      const { view, from, count } = checkedLogRequest(request);
      return this.current().logs.window(view, from, count);
    });
    this.answer(protocol.findRow, (request) => {
      const { view, target } = checkedFindRequest(request);
      return this.current().logs.find(view, target);
    });
    this.answer(protocol.searchLog, (request) => this.current().search.begin(checkedSearch(request)));
    this.answer(protocol.findHit, (request) => {
      const { view, row, back } = checkedHitRequest(request);
      return this.current().search.next(view, row, back);
    });
    this.answer(protocol.readMarks, (request) => {
      const { view, parts } = checkedMarksRequest(request);
      return this.current().search.strip(view, parts);
    });
    this.answer(protocol.copyRows, (range) => this.current().logText.copy(checkedRows(range)));
    this.answer(protocol.openRows, (range) => this.current().logText.openInEditor(checkedRows(range)));
    this.answer(protocol.saveLog, (request) =>
      cancelled(this.current().logText.save(checkedNode(request).node)),
    );
    this.answer(protocol.readLine, (line) => this.current().logs.line(checkedLine(line)));
    this.answer(protocol.openLog, async (line) => {
      const { node, number } = checkedLine(line);
      await deps.openFile(vscode.Uri.file(await this.current().logs.file(node)), number + 1);
    });
    this.answer(protocol.listCharts, () => this.current().charts.list());
    this.answer(protocol.readChart, (request) => this.current().charts.chart(checkedChartRequest(request)));
    this.answer(protocol.readTimeline, () => this.current().timeline());
    this.answer(protocol.readDiagnosis, () => this.current().diagnosis.view());
    this.answer(protocol.readSpec, () => this.current().spec());
    this.answer(protocol.readOutputs, () => this.current().outputs());
    this.answer(protocol.downloadOutput, (output) =>
      cancelled(actions.downloadOutput(checkedOutputName(output).name)),
    );
    this.answer(protocol.openOutput, (output) => actions.openOutput(checkedOutput(output)));
  }

  private async greet(): Promise<protocol.Greeting> {
    const core = await this.deps.core();
    const session = this.begin(
      (tell) =>
        new RunSession(core, this.jobId, this.deps, {
          tell,
          showJob: (job) => {
            this.showJob(job);
          },
        }),
    );
    const job = session.start();
    const tab = this.wantedTab;
    this.wantedTab = undefined;
    return { job, ...(tab && { tab }) };
  }

  private showJob(job: protocol.JobView | null): void {
    this.panel.title = job?.name ?? this.jobId;
    if (!job) return;
    this.panel.iconPath = tabIcon((theme) => stateIcon(job.state, theme));
  }
}

/** What a person cancelled is not shown as a failure. */
async function cancelled(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}
