import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, ProviderError, throwIfCancelled } from '../../core/errors';
import { parseCellRecord, type CellRecord } from '../../core/notebook/cellRecord';
import type { JupyterServer } from './jupyterServer';
import { lost } from './machineHttp';
import { untilAttached } from './untilAttached';

/** Milliseconds of silence after which a connection is given up: the server says something each 15 s. */
const silence = 50_000;

/** A line longer than this is no record of ours. */
const longestLine = 512 << 20;

/**
 * Everything that a cell's run puts out, from its first record to `ended`, each once and in order, however often the connection
 * breaks meanwhile; it is read from the machine's journal, which needs no reader to grow. Waits as long as the machine is away.
 * Where kernel, server or machine ended, the last record says so.
 */
export async function* followCell(
  server: JupyterServer,
  id: string,
  signal: AbortSignal,
): AsyncIterable<CellRecord> {
  const lines = new Lines();
  let failures = 0;
  for (;;) {
    throwIfCancelled(signal);
    // A window that has just started does not know the server yet.
    const known = server.known ?? (await found(server, signal));
    if (!known) break;
    try {
      const answer = await server.request(
        { method: 'GET', path: `/trainyard/cells/${id}?from=${lines.offset}`, quiet: true },
        signal,
      );
      if (answer.statusCode === 404) {
        answer.destroy();
        yield ended('lost');
        return;
      }
      if (answer.statusCode !== 200) {
        answer.destroy();
        throw new ProviderError('network', `The notebook server answered ${answer.statusCode ?? 0}.`);
      }
      for await (const chunk of chunksOf(server, answer)) {
        failures = 0;
        for (const record of lines.add(chunk)) {
          yield record;
          if (record.type === 'ended') return;
        }
      }
      // A journal without its end: the server that wrote it has gone, and another one runs.
      yield ended('serverDied');
      return;
    } catch (error) {
      throwIfCancelled(signal);
      if (!(error instanceof ProviderError) || !passing.has(error.kind)) throw error;
      lines.forgetPart();
      const fate = await settled(server, known, signal);
      if (fate === 'runs') {
        // The first time at once: a connection that broke and is there again. A server that breaks off each time gets rest.
        if (failures++ > 0)
          await delay(Math.min(5000, 100 * 2 ** failures), undefined, { signal }).catch(cancelled);
        continue;
      }
      yield* rest(server, id, lines, signal);
      yield ended(fate === 'rebooted' ? 'rebooted' : 'serverDied');
      return;
    }
  }
  const records: CellRecord[] = [];
  for await (const record of rest(server, id, lines, signal)) records.push(record);
  yield* records;
  if (records.at(-1)?.type !== 'ended') yield ended(records.length > 0 ? 'serverDied' : 'lost');
}

/** Failures after which the server is looked for again. */
const passing: ReadonlySet<string> = new Set(['network', 'notFound']);

async function* chunksOf(server: JupyterServer, answer: IncomingMessage): AsyncIterable<Uint8Array> {
  const timer = setTimeout(() => answer.destroy(new Error('it fell silent')), silence);
  try {
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      timer.refresh();
      yield chunk;
    }
  } catch (error) {
    throw error instanceof CancelledError ? error : lost(server.machine, error);
  } finally {
    clearTimeout(timer);
    answer.destroy();
  }
}

/** Bytes to records. `offset` is that of the first byte that no record was made of yet. */
class Lines {
  offset = 0;
  private parts: Uint8Array[] = [];
  private length = 0;

  *add(chunk: Uint8Array): Iterable<CellRecord> {
    let from = 0;
    for (;;) {
      const at = chunk.indexOf(10, from);
      if (at < 0) break;
      this.parts.push(chunk.subarray(from, at));
      const line = Buffer.concat(this.parts);
      this.parts = [];
      this.length = 0;
      from = at + 1;
      // An empty line only says that the server lives, and is not in the journal.
      if (line.length === 0) continue;
      this.offset += line.length + 1;
      const record = parseCellRecord(line.toString('utf8'));
      if (record) yield record;
    }
    const part = chunk.subarray(from);
    this.length += part.length;
    if (this.length > longestLine)
      throw new ProviderError('unknown', 'The machine sent an output that is too large.');
    if (part.length > 0) this.parts.push(part);
  }

  forgetPart(): void {
    this.parts = [];
    this.length = 0;
  }
}

async function found(server: JupyterServer, signal: AbortSignal) {
  await untilAttached(server.machine, signal);
  return (await again(server, () => server.find({ quiet: true }, signal), signal)).running;
}

async function settled(
  server: JupyterServer,
  known: Parameters<JupyterServer['fate']>[0],
  signal: AbortSignal,
) {
  await untilAttached(server.machine, signal);
  return again(server, () => server.fate(known, { quiet: true }, signal), signal);
}

/** Until it works: the machine may be away for hours. */
async function again<T>(server: JupyterServer, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      throwIfCancelled(signal);
      if (!(error instanceof ProviderError) || error.kind === 'invalid') throw error;
      await delay(Math.min(15_000, 250 * 2 ** Math.min(tries, 8)), undefined, { signal }).catch(cancelled);
      await untilAttached(server.machine, signal);
    }
  }
}

/** What a journal still holds that nobody serves any more. */
async function* rest(
  server: JupyterServer,
  id: string,
  lines: Lines,
  signal: AbortSignal,
): AsyncIterable<CellRecord> {
  const { files } = server.machine;
  const path = `${await files.home(signal)}/.trainyard/jupyter/journal/${id}`;
  try {
    for await (const chunk of files.read(path, lines.offset, signal)) yield* lines.add(chunk);
  } catch (error) {
    throwIfCancelled(signal);
    // What is not there is not there: how the run ended is told all the same.
    if (error instanceof ProviderError && error.kind === 'notFound') return;
    throw error;
  }
}

function ended(status: 'lost' | 'serverDied' | 'rebooted'): CellRecord {
  return { type: 'ended', t: Date.now(), status };
}

function cancelled(): never {
  throw new CancelledError();
}
