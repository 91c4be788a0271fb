import { CancelledError, ProviderError } from '../../core/errors';
import type { CallOptions, Machine } from '../../core/machine';
import { Emitter } from '../../lib/event';
import { install, type InstallQuestion } from './install';
import { lost, machineRequest, textOf, type MachineRequest } from './machineHttp';
import type { FoundServer, RunningServer, ServerRecord, ServerScript } from './serverScript';

/** What a person is asked and told while a server is made ready. */
export interface ServerPrompts {
  /** Before anything is installed. */
  install(question: InstallQuestion): Promise<boolean>;
  /** Before a server of another version of Trainyard, and the kernels on it, are ended. */
  replace(kernels: number): Promise<boolean>;
  progress(message: string): void;
}

export type Call = Omit<MachineRequest, 'port' | 'token'>;

/** How the server that a caller knew has gone. */
export type ServerFate = 'runs' | 'ended' | 'rebooted';

/**
 * The notebook server of this user on one machine: found by any window, started when it is needed, and left to itself: it goes on when
 * the connection or the editor ends.
 */
export class JupyterServer {
  private running: RunningServer | undefined;
  private making: Promise<RunningServer> | undefined;
  /** Of the looks and changes in their order: the last one, and that from which `running` is known. */
  private latest = 0;
  private knownFrom = 0;
  private readonly changed = new Emitter<void>();

  /** It was found, started or lost. */
  readonly onDidChange = this.changed.event;

  constructor(
    readonly machine: Machine,
    private readonly script: ServerScript,
    /** What notebooks run in: relative to the home folder there, or absolute. */
    readonly folder: () => string,
  ) {}

  /** Where it is known to run; asking looks nowhere. */
  get known(): RunningServer | undefined {
    return this.running;
  }

  /** Looks for it on the machine. */
  async find(options: CallOptions, signal: AbortSignal): Promise<FoundServer> {
    const look = ++this.latest;
    const found = await this.script.find(this.machine, this.folder(), options, signal);
    this.know(found.running, look);
    return found;
  }

  /**
   * The server, started where it does not run, and first installed where nothing can start it. Throws `CancelledError` where the
   * person declined, `ProviderError` of kind `unavailable` where the machine can't.
   */
  ensure(prompts: ServerPrompts, signal: AbortSignal): Promise<RunningServer> {
    this.making ??= this.make(prompts, signal).finally(() => {
      this.making = undefined;
    });
    return this.making;
  }

  /** Ends it with all its kernels; `only` that one, where it is given. */
  async end(signal: AbortSignal, only?: ServerRecord): Promise<void> {
    await this.script.end(this.machine, only, signal);
    this.know(undefined, ++this.latest);
  }

  /** A request to it. Throws `ProviderError` of kind `notFound` where none is known to run. */
  async request(call: Call, signal: AbortSignal) {
    if (!this.running)
      throw new ProviderError('notFound', `No notebook server runs on ${this.machine.label}.`);
    const { port, token } = this.running;
    return machineRequest(this.machine, { ...call, port, token }, signal);
  }

  /** The same, with a JSON answer. Throws `ProviderError`: `notFound` for a 404, `network` where no answer came. */
  async call(call: Call, signal: AbortSignal): Promise<unknown> {
    const answer = await this.request(call, signal);
    const text = await textOf(this.machine, answer);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return text === '' ? undefined : this.parsed(text);
    if (status === 404)
      throw new ProviderError('notFound', `The notebook server on ${this.machine.label} does not know it.`);
    if (status === 403)
      throw new ProviderError(
        'auth',
        `The notebook server on ${this.machine.label} does not take our token any more.`,
      );
    throw new ProviderError(
      'unknown',
      `The notebook server on ${this.machine.label} failed (${status}): ${text.slice(0, 300)}`,
    );
  }

  /** Whether the server of that record still runs. Looks on the machine, and waits for it. */
  async fate(record: ServerRecord, options: CallOptions, signal: AbortSignal): Promise<ServerFate> {
    const found = await this.find(options, signal);
    const now = found.running ?? found.gone;
    if (found.running?.pid === record.pid && found.running.started === record.started) return 'runs';
    return now && now.boot !== record.boot ? 'rebooted' : 'ended';
  }

  private parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw lost(this.machine, error);
    }
  }

  private async make(prompts: ServerPrompts, signal: AbortSignal, installed = false): Promise<RunningServer> {
    prompts.progress('Looking for Jupyter');
    const { running, ...found } = await this.find({}, signal);
    if (running?.hash === (await this.script.hash())) return running;
    if (running) {
      await this.replace(running, prompts, signal);
      return this.make(prompts, signal);
    }
    const python = found.pythons.find(({ server, kernel }) => server && kernel);
    if (python) {
      prompts.progress('Starting the notebook server');
      const started = await this.script.start(this.machine, python.path, this.folder(), signal);
      this.know(started, ++this.latest);
      return started;
    }
    // Not again and again, with a question each time.
    if (installed)
      throw new ProviderError(
        'unavailable',
        `Jupyter was installed on ${this.machine.label}, but does not start there. Delete ~/.trainyard/jupyter/venv on it and try again.`,
      );
    await install(this.machine, this.script, found, prompts, signal);
    return this.make(prompts, signal, true);
  }

  /** A server of another version: taken away at once where nobody uses it. */
  private async replace(old: ServerRecord, prompts: ServerPrompts, signal: AbortSignal): Promise<void> {
    const kernels = await this.call({ method: 'GET', path: '/api/kernels' }, signal);
    const count = Array.isArray(kernels) ? kernels.length : 0;
    if (count > 0 && !(await prompts.replace(count))) throw new CancelledError();
    // While the person thought about it, another window may have put a new one in its place.
    await this.end(signal, old);
  }

  private know(server: RunningServer | undefined, from: number): void {
    // A look that took long, as one for Pythons does, saw how it was before.
    if (from < this.knownFrom) return;
    this.knownFrom = from;
    const same = this.running?.pid === server?.pid && this.running?.started === server?.started;
    this.running = server;
    if (!same) this.changed.fire();
  }
}
