import * as vscode from 'vscode';
import { jobFolder } from '../../../core/jobFolder';
import type { TrainingJob } from '../../../core/trainingJob';
import { hasEnded } from '../../../core/trainingJob';
import { messageOf } from '../../../core/errors';
import { bytesText } from '../../../core/words';
import { Disposables } from '../../../lib/disposables';
import type { Disposable } from '../../../lib/disposables';
import * as protocol from '../../../protocol/runPanel';
import type { JobView, OutputsView, SpecView, TimelineView } from '../../../protocol/runPanel';
import type { Core } from '../../../services/core';
import { readJobRecord } from '../../../services/jobs/jobRecord';
import { clockView, jobView } from './jobView';
import { RunCharts } from './runCharts';
import { RunDiagnosis } from './runDiagnosis';
import { RunFailure } from './runFailure';
import { RunLogs } from './runLogs';
import { RunLogText } from './runLogText';
import type { RunPanelDeps } from './runPanels';
import type { Tell } from '../sessionPanel';
import { RunSearch } from './runSearch';
import { specView } from './specView';

/** A job file above this is opened in an editor rather than shown here. */
const longestSpec = 1_000_000;

export interface Page {
  readonly tell: Tell;
  readonly showJob: (job: JobView | null) => void;
}

/** What one page is served with, from its greeting until it is hidden or closed. */
export class RunSession implements Disposable {
  readonly logs: RunLogs;
  readonly search: RunSearch;
  readonly logText: RunLogText;
  readonly charts: RunCharts;
  readonly failure: RunFailure;
  readonly diagnosis: RunDiagnosis;
  private readonly held = new Disposables();
  private readonly closing = new AbortController();
  private clock: ReturnType<typeof setInterval> | undefined;
  private told = '';

  constructor(
    private readonly core: Core,
    private readonly jobId: string,
    private readonly deps: RunPanelDeps,
    private readonly page: Page,
  ) {
    const job = () => this.job();
    this.logs = this.held.add(
      new RunLogs(core.logs, job, (extents) => {
        page.tell(protocol.logGrew, extents);
      }),
    );
    this.search = this.held.add(
      new RunSearch(core.logs, this.logs, job, (state) => {
        page.tell(protocol.searchMoved, state);
      }),
    );
    this.logText = new RunLogText(core.logs, this.logs, job);
    this.charts = this.held.add(
      new RunCharts(core.metrics, job, (series) => {
        page.tell(protocol.metricsGrew, { series });
      }),
    );
    this.failure = new RunFailure(core, job, deps, this.closing.signal);
    this.diagnosis = new RunDiagnosis(core, job, () => this.charts.open(), deps.now, this.closing.signal);
  }

  start(): JobView | null {
    this.held.add(
      this.core.jobs.onDidChange(() => {
        this.changed();
      }),
    );
    const view = this.view();
    this.told = JSON.stringify({ ...view, clock: undefined });
    this.page.showJob(view);
    this.clock = setInterval(() => {
      this.tick();
    }, 1000);
    return view;
  }

  timeline(): Promise<TimelineView | null> {
    return this.charts.timeline(this.deps.now());
  }

  async spec(): Promise<SpecView> {
    const job = this.job();
    const folder = this.core.jobs.folder(this.jobId);
    const record = await readJobRecord(folder);
    if (job.platformId !== undefined)
      return specView(job, record, null, 'It was started outside Trainyard, so there is no job file.');
    const file = vscode.Uri.joinPath(vscode.Uri.file(folder), jobFolder.file);
    try {
      const { size } = await vscode.workspace.fs.stat(file);
      if (size > longestSpec)
        return specView(job, record, null, 'The job file is too long to be shown here. Open it instead.');
      return specView(job, record, new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
    } catch (error) {
      return specView(job, record, null, `The job file can't be read: ${messageOf(error)}`);
    }
  }

  async outputs(): Promise<OutputsView> {
    const job = this.job();
    const outputs = await this.core.jobs.outputs(this.jobId, this.closing.signal);
    return {
      promised: Object.keys(job.spec.trainyard?.outputs ?? {}),
      outputs: outputs.map(({ name, files, folder }) => ({
        name,
        size: bytesText(files.reduce((sum, { bytes }) => sum + bytes, 0)),
        onThisComputer: folder !== undefined,
        files: files.map(({ path, bytes }) => ({ path, size: bytesText(bytes) })),
      })),
    };
  }

  dispose(): void {
    clearInterval(this.clock);
    this.closing.abort();
    this.held.dispose();
  }

  private job(): TrainingJob {
    const job = this.core.jobs.get(this.jobId);
    if (!job) throw new Error('This job was deleted.');
    return job;
  }

  private view(): JobView | null {
    const job = this.core.jobs.get(this.jobId);
    return job ? jobView(job, this.deps.now(), this.core.jobs.failure(job.id)) : null;
  }

  private changed(): void {
    const view = this.view();
    // Any job of this home may have changed: the page is told only of its own.
    const text = JSON.stringify({ ...view, clock: undefined });
    if (text === this.told) return;
    this.told = text;
    this.page.tell(protocol.jobChanged, view);
    this.page.showJob(view);
  }

  private tick(): void {
    const job = this.core.jobs.get(this.jobId);
    if (job && !hasEnded(job.state)) this.page.tell(protocol.ticked, clockView(job, this.deps.now()));
  }
}
