import { asError, ProviderError } from '../../../core/errors';
import type { RemoteProcess } from '../../../core/machine';
import { unlessCancelled } from './feed';
import { hostFailure } from './hostFailure';
import { parseReport, type HostReport } from './hostReport';
import { oddAnswer, type HostScripts } from './hostScripts';

/** No report is longer, in characters. */
const longest = 8 << 20;

/**
 * Follows a host's part of one job for all who want to know of it: one program on the host. Where the connection breaks it is started again
 * as soon as there is one; where that fails, `error` says why, and this watch is over.
 */
export class HostWatch {
  /** The latest. */
  report: HostReport | undefined;
  error: Error | undefined;
  private readonly leaving = new AbortController();
  private next = Promise.withResolvers<undefined>();

  constructor(
    private readonly scripts: HostScripts,
    private readonly job: string,
  ) {
    void this.run();
  }

  /** Resolves at the next change of `report` or `error`. */
  changed(): Promise<undefined> {
    return this.next.promise;
  }

  dispose(): void {
    this.leaving.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.leaving;
    try {
      for (let over = false; !over;) over = await this.follow(signal);
    } catch (error) {
      this.error = asError(error);
    }
    this.tell();
  }

  /** `false` where the connection broke after it had told something. */
  private async follow(signal: AbortSignal): Promise<boolean> {
    let told = false;
    const program = await this.scripts.start(['host.sh', 'watch', this.job], { quiet: true }, signal);
    try {
      for await (const text of reports(program, signal)) {
        const report = parseReport(text);
        if (!report) throw oddAnswer(this.scripts.alias, text);
        this.report = report;
        told = true;
        this.tell();
      }
      const end = await unlessCancelled(signal, program.ended);
      if (end.code !== 0 || !told) throw hostFailure(this.scripts.alias, 'The job can’t be watched', end);
      return true;
    } catch (error) {
      if (told && error instanceof ProviderError && error.kind === 'network') return false;
      throw error;
    } finally {
      program.close();
    }
  }

  private tell(): void {
    const { resolve } = this.next;
    this.next = Promise.withResolvers();
    resolve(undefined);
  }
}

/** What the program prints up to each line `;`. */
async function* reports(program: RemoteProcess, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const output = program.output[Symbol.asyncIterator]();
  let text = '';
  for (;;) {
    const piece: IteratorResult<Uint8Array, unknown> = await unlessCancelled(signal, output.next());
    if (piece.done) return;
    text += decoder.decode(piece.value, { stream: true });
    for (let at = text.indexOf(';\n'); at >= 0; at = text.indexOf(';\n')) {
      if (at > 0 && text[at - 1] !== '\n') {
        // Inside of a line: no such end.
        const line = text.indexOf('\n;\n', at);
        if (line < 0) break;
        at = line + 1;
      }
      yield text.slice(0, at).replaceAll(/^\.\n/gm, '');
      text = text.slice(at + 2);
    }
    if (text.length > longest)
      throw new ProviderError('unavailable', 'The host tells more than makes sense.');
  }
}
