import * as vscode from 'vscode';
import { startedElsewhere } from '../../core/jobListing';
import { hasEnded } from '../../core/trainingJob';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Core } from '../../services/core';
import { contextKeys } from '../contextKeys';
import type { Host } from '../host';
import { isJobFileName, jobFileGlob } from '../language/jobFileName';
import type { FirstStep } from './firstStep';
import { JobDetails } from './jobDetails';
import {
  childrenOf,
  jobsNodes,
  jobsRow,
  renewed,
  shapeOf,
  type JobsNode,
  type JobsViewState,
} from './jobsNode';
import { othersChildren, othersId, othersPage, type OthersSeen } from './othersNode';
import { redraw } from './redraw';
import type { Row } from './row';
import { treeItem } from './treeItem';
import type { Trouble } from './trouble';
import { unheardOf } from './unheard';

/** Milliseconds between two looks for changes of jobs that others started, while somebody can see them. */
const listEvery = 60_000;

/** The Jobs view: what runs, how it goes, and what came of the others. */
export class JobsTree implements vscode.TreeDataProvider<JobsNode>, Disposable {
  private readonly held = new Disposables();
  private readonly changed = new vscode.EventEmitter<JobsNode | undefined>();
  /** The rows of jobs and submits, by their ids. */
  private readonly shown = new Map<string, JobsNode>();
  /** What those say as they were last drawn. */
  private readonly drawn = new Map<string, string>();
  private shape = '';
  private troubles: readonly Trouble[] = [];
  /** Connections whose jobs can be listed, and of those that are open how many jobs are shown. */
  private lists: readonly string[] = [];
  private step: FirstStep | undefined;
  private readonly open = new Map<string, number>();
  private readonly askedAt = new Map<string, number>();
  private listClock: ReturnType<typeof setInterval> | undefined;
  private details: JobDetails | undefined;
  private visible = false;
  private clock: ReturnType<typeof setInterval> | undefined;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly host: Host) {
    const refresh = () => {
      this.refresh();
    };
    this.held.add(
      host.submissions.onDidChange(() => {
        this.update();
      }),
    );
    this.held.add(host.core.onDidChange(refresh));
    // A first job file, a folder and trust change what a view without own jobs offers.
    const refreshStep = () => {
      if (this.hasNoJobs()) refresh();
    };
    this.held.add(
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        if (isJobFileName(uri.path)) refreshStep();
      }),
    );
    this.held.add(vscode.workspace.onDidGrantWorkspaceTrust(refreshStep));
    this.held.add(vscode.workspace.onDidChangeWorkspaceFolders(refreshStep));
    this.held.add(host.core.whenOpen((core) => this.follow(core)));
  }

  refresh(): void {
    this.changed.fire(undefined);
  }

  async getChildren(node?: JobsNode): Promise<JobsNode[]> {
    if (node?.kind === 'others') return this.others(node.connection);
    const nodes = node ? childrenOf(renewed(node, this.now())) : await this.roots();
    for (const one of nodes) {
      if (one.kind === 'job') this.shown.set(one.job.id, one);
      if (one.kind === 'others') this.shown.set(othersId(one.connection), one);
      if (one.kind === 'submission') this.shown.set(jobsRow(one, {}, 0).id, one);
    }
    return [...nodes];
  }

  getTreeItem(given: JobsNode): vscode.TreeItem {
    const node = renewed(given, this.now());
    if (node.kind === 'job') this.drawn.set(node.job.id, this.textOf(node));
    return treeItem(this.row(node));
  }

  /** Elapsed times move, and logs are read for figures, only while somebody can see them. */
  setVisible(visible: boolean): void {
    this.visible = visible;
    clearInterval(this.listClock);
    if (visible)
      this.listClock = setInterval(() => {
        for (const connection of this.open.keys()) this.ask(connection);
      }, listEvery);
    this.readDetails();
    if (visible) this.refresh();
  }

  /** Fifty more of a connection's jobs. */
  showMore(connection: string): void {
    this.open.set(connection, (this.open.get(connection) ?? othersPage) + othersPage);
    this.redrawOthers(connection);
  }

  /** The group was closed: nobody needs to know any more. */
  close(connection: string): void {
    this.open.delete(connection);
  }

  /** A person wants to know what changed in the lists, also in closed ones that show how many jobs they have. */
  askAnew(): void {
    const { current } = this.host.core;
    for (const connection of this.lists)
      if (this.open.has(connection) || current?.jobLists.seen(connection).whole === true)
        this.ask(connection, true);
  }

  dispose(): void {
    clearInterval(this.clock);
    clearInterval(this.listClock);
    this.held.dispose();
    this.changed.dispose();
  }

  private follow(core: Core): Disposable {
    const held = new Disposables();
    this.details = held.add(new JobDetails(core));
    held.add(
      this.details.onDidChange((id) => {
        const node = this.shown.get(id);
        // Of a job that runs the clock draws them.
        if (node?.kind === 'job' && hasEnded(node.job.state)) this.changed.fire(node);
      }),
    );
    held.add(
      core.jobs.onDidChange(() => {
        this.readDetails();
        this.update();
      }),
    );
    held.add(
      core.jobLists.onDidChange((connection) => {
        this.redrawOthers(connection);
      }),
    );
    held.add(
      core.connections.onDidChange(() => {
        this.refresh();
      }),
    );
    this.readDetails();
    return held;
  }

  /**
   * Draws the rows that live again, and the whole view only where rows came, went or moved: until the editor has asked for
   * all of it, it does not know which job a button belongs to.
   */
  private update(): void {
    const state = { ...this.now(), troubles: this.allTroubles() };
    if (shapeOf(jobsNodes(state)) !== this.shape) {
      this.refresh();
      return;
    }
    for (const node of this.shown.values()) {
      if (node.kind !== 'others' && (node.kind !== 'job' || !hasEnded(node.job.state)))
        this.changed.fire(node);
    }
  }

  private async others(connection: string): Promise<JobsNode[]> {
    const core = await this.host.core.get();
    if (!this.open.has(connection)) {
      await core.jobLists.read(connection);
      this.open.set(connection, othersPage);
    }
    this.ask(connection);
    return [...othersChildren(connection, this.seen(connection), this.open.get(connection) ?? othersPage)];
  }

  private ask(connection: string, anew = false): void {
    const { current } = this.host.core;
    if (!current || (!anew && Date.now() - (this.askedAt.get(connection) ?? 0) < listEvery)) return;
    this.askedAt.set(connection, Date.now());
    const { jobLists } = current;
    const { signal } = new AbortController();
    const asked = anew ? jobLists.askAnew(connection, signal) : jobLists.refresh(connection, signal);
    // What fails is a row of the group.
    asked.catch(() => undefined);
  }

  /** What is known of a connection's jobs, without those that are here. */
  private seen(connection: string): OthersSeen {
    const { current } = this.host.core;
    if (!current) return { jobs: [], loading: false };
    const seen = current.jobLists.seen(connection);
    return { ...seen, jobs: startedElsewhere(seen.jobs, connection, current.jobs.list()) };
  }

  private redrawOthers(connection: string): void {
    const node = this.shown.get(othersId(connection));
    if (node) this.changed.fire(node);
  }

  private now(): Omit<JobsViewState, 'troubles'> {
    const { core, submissions } = this.host;
    return {
      lists: this.lists,
      ...(this.step && { step: this.step }),
      jobs: core.current?.jobs.list() ?? [],
      submissions: submissions.list(),
    };
  }

  private hasNoJobs(): boolean {
    const { jobs, submissions } = this.now();
    return jobs.length + submissions.length === 0;
  }

  private allTroubles(): readonly Trouble[] {
    const { jobs } = this.host.core.current ?? {};
    const unheard = jobs ? unheardOf(jobs.list(), (id) => jobs.failure(id)) : [];
    return [...this.troubles, ...unheard];
  }

  private readDetails(): void {
    const jobs = this.visible ? (this.host.core.current?.jobs.list() ?? []) : [];
    this.details?.show(jobs);
    clearInterval(this.clock);
    const running = jobs.filter((job) => !hasEnded(job.state));
    if (running.length === 0) return;
    this.clock = setInterval(() => {
      for (const { id } of running) {
        const node = this.shown.get(id);
        if (node && this.textOf(renewed(node, this.now())) !== this.drawn.get(id)) this.changed.fire(node);
      }
    }, redraw);
  }

  private row(node: JobsNode): Row {
    const detail = node.kind === 'job' ? (this.details?.of(node.job) ?? {}) : {};
    const seen = node.kind === 'others' ? this.seen(node.connection) : undefined;
    return jobsRow(node, detail, Date.now(), seen);
  }

  private textOf(node: JobsNode): string {
    return this.row(node).description ?? '';
  }

  private async roots(): Promise<readonly JobsNode[]> {
    this.shown.clear();
    this.troubles = await this.host.core.get().then(
      async (core) => {
        this.lists = await core.jobLists.connections();
        await Promise.all(this.lists.map((connection) => core.jobLists.read(connection)));
        this.step = this.hasNoJobs() ? await firstStep() : undefined;
        return troublesOf(core);
      },
      (error: unknown) => [
        { kind: 'trouble' as const, id: 'state', label: "Trainyard's state can't be opened", error },
      ],
    );
    const nodes = jobsNodes({ ...this.now(), troubles: this.allTroubles() });
    this.shape = shapeOf(nodes);
    return nodes;
  }
}

async function troublesOf(core: Core): Promise<readonly Trouble[]> {
  const troubles: Trouble[] = [];
  for (const entry of await core.connections.all()) {
    if (entry.kind === 'broken')
      troubles.push({ kind: 'trouble', id: entry.id, label: entry.label, error: entry.error });
  }
  return troubles;
}

/** To submit a job file where there is one, and to write one where there is none. The welcome is told, too. */
async function firstStep(): Promise<FirstStep> {
  const { isTrusted, workspaceFolders = [] } = vscode.workspace;
  if (workspaceFolders.length === 0) return 'openFolder';
  if (!isTrusted) return 'trust';
  const [found] = await vscode.workspace.findFiles(jobFileGlob, '**/node_modules/**', 1);
  const step = found ? 'submit' : 'newFile';
  await vscode.commands.executeCommand('setContext', contextKeys.nextStep, step);
  return step;
}
