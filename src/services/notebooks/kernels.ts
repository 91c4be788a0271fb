import { ProviderError } from '../../core/errors';
import type { CallOptions } from '../../core/machine';
import type { CellRecord } from '../../core/notebook/cellRecord';
import {
  parseKernel,
  parseKernels,
  parseSpecs,
  type KernelInfo,
  type KernelSpec,
} from '../../core/notebook/kernel';
import type { Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import { followCell } from './cellJournal';
import type { JupyterServer } from './jupyterServer';

/** Milliseconds between two looks while somebody watches. */
const period = 5000;

export interface KernelWish {
  /** The kernel's id, chosen by who wants it, so that asking twice starts one. */
  readonly id: string;
  /** Empty: the machine's default. */
  readonly spec: string;
  /** Shown in lists. */
  readonly notebook: string;
}

/** The kernels on one machine's notebook server. All calls throw `ProviderError`; of kind `notFound` where the kernel has gone. */
export class Kernels implements Disposable {
  private seen: readonly KernelInfo[] = [];
  private watchers = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly changed = new Emitter<void>();
  private readonly gone: Disposable;

  readonly onDidChange = this.changed.event;

  constructor(readonly server: JupyterServer) {
    this.gone = server.onDidChange(() => {
      if (!server.known) this.see([]);
      else if (this.watchers > 0) this.look();
    });
  }

  /** As they were at the last look. */
  get current(): readonly KernelInfo[] {
    return this.seen;
  }

  of(id: string): KernelInfo | undefined {
    return this.seen.find((kernel) => kernel.id === id);
  }

  /** Asks the server; without one that is known to run, there are none. */
  async list(options: CallOptions, signal: AbortSignal): Promise<readonly KernelInfo[]> {
    if (!this.server.known) return [];
    const path = '/trainyard/kernels';
    this.see(parseKernels(await this.server.call({ method: 'GET', path, ...options }, signal)));
    return this.seen;
  }

  async specs(signal: AbortSignal): Promise<readonly KernelSpec[]> {
    return parseSpecs(await this.server.call({ method: 'GET', path: '/api/kernelspecs' }, signal));
  }

  /** Keeps `current` fresh until disposed of, while the machine is attached. */
  watch(): Disposable {
    this.watchers++;
    this.timer ??= setInterval(() => {
      this.look();
    }, period);
    this.look();
    return {
      dispose: () => {
        this.watchers--;
        if (this.watchers === 0) this.rest();
      },
    };
  }

  async start({ id, spec, notebook }: KernelWish, signal: AbortSignal): Promise<KernelInfo> {
    const body = { spec, notebook, folder: this.server.folder() };
    const kernel = parseKernel(
      await this.server.call({ method: 'PUT', path: `/trainyard/kernels/${id}`, body }, signal),
    );
    if (!kernel)
      throw new ProviderError('unknown', 'The notebook server did not say which kernel it started.');
    this.see([...this.seen.filter((other) => other.id !== id), kernel]);
    return kernel;
  }

  /** Runs code on a kernel, behind what waits there. The run's id is the caller's: asking twice runs it once. */
  async run(cell: string, kernel: string, code: string, signal: AbortSignal): Promise<void> {
    const path = `/trainyard/cells/${cell}`;
    await this.server.call({ method: 'PUT', path, body: { kernel, code } }, signal);
  }

  /** What a run puts out; see `followCell`. */
  follow(cell: string, signal: AbortSignal): AsyncIterable<CellRecord> {
    return followCell(this.server, cell, signal);
  }

  /** Answers `input()`. */
  async answer(cell: string, request: number, value: string, signal: AbortSignal): Promise<void> {
    const path = `/trainyard/cells/${cell}/input`;
    await this.server.call({ method: 'POST', path, body: { request, value } }, signal);
  }

  /** Also drops the cells that wait. */
  async interrupt(id: string, signal: AbortSignal): Promise<void> {
    await this.act('POST', `/trainyard/kernels/${id}/interrupt`, signal);
  }

  async restart(id: string, signal: AbortSignal): Promise<void> {
    await this.act('POST', `/trainyard/kernels/${id}/restart`, signal);
  }

  async shutDown(id: string, signal: AbortSignal): Promise<void> {
    await this.act('DELETE', `/api/kernels/${id}`, signal);
  }

  dispose(): void {
    this.rest();
    this.gone.dispose();
    this.changed.dispose();
  }

  private async act(method: 'POST' | 'DELETE', path: string, signal: AbortSignal): Promise<void> {
    await this.server.call({ method, path }, signal);
    await this.list({ quiet: true }, signal);
  }

  private look(): void {
    const { state } = this.server.machine.status;
    if (state !== 'attached') return;
    const work = this.server.known
      ? this.list({ quiet: true }, AbortSignal.timeout(30_000))
      : this.server.find({ quiet: true }, AbortSignal.timeout(30_000));
    // What can't be reached now is asked again at the next look; a server that ended is noticed by the next one.
    work.catch(() => this.server.find({ quiet: true }, AbortSignal.timeout(30_000))).catch(() => undefined);
  }

  private see(kernels: readonly KernelInfo[]): void {
    const same = JSON.stringify(kernels) === JSON.stringify(this.seen);
    this.seen = kernels;
    if (!same) this.changed.fire();
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
