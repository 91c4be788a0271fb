import { asError, ProviderError } from '../core/errors';
import type { Adding, Connection, Provider } from '../core/provider';
import { Disposables, type Disposable } from '../lib/disposables';
import { Emitter } from '../lib/event';

/** A connection, or a provider that can't say what it has. */
export type ConnectionEntry =
  | { readonly kind: 'connection'; readonly connection: Connection }
  | { readonly kind: 'broken'; readonly id: string; readonly label: string; readonly error: Error };

/** What could not even be made. */
export interface BrokenProvider {
  readonly id: string;
  readonly error: Error;
}

/** The connections of all providers. One that fails never hides the others. */
export class Connections implements Disposable {
  private readonly changed = new Emitter<void>();
  private readonly held = new Disposables();
  private listed: Promise<readonly ConnectionEntry[]> | undefined;

  readonly onDidChange = this.changed.event;

  constructor(
    private readonly providers: readonly Provider[],
    private readonly broken: readonly BrokenProvider[] = [],
  ) {
    for (const provider of providers) {
      this.held.add(
        provider.onDidChangeConnections(() => {
          this.listed = undefined;
          this.changed.fire();
        }),
      );
    }
  }

  /** Asked again after each `onDidChange`, and after a failure. */
  all(): Promise<readonly ConnectionEntry[]> {
    return (this.listed ??= this.list());
  }

  /** The ways in which a person can add connections. */
  adding(): readonly Adding[] {
    return this.providers.flatMap(({ adding }) => adding ?? []);
  }

  /** The way to add one to a provider; `undefined` where it has none. */
  addingOf(provider: string): Adding | undefined {
    return this.providers.find(({ id }) => id === provider)?.adding;
  }

  /** The providers to which connections can be added by hand. */
  addable(): readonly string[] {
    return this.providers.filter(({ adding }) => adding !== undefined).map(({ id }) => id);
  }

  /** Throws `ProviderError` of kind `notFound` when there is none with that id. */
  async get(id: string): Promise<Connection> {
    const entries = await this.all();
    for (const entry of entries) {
      if (entry.kind === 'connection' && entry.connection.id === id) return entry.connection;
    }
    const unlisted = await this.unlisted(id);
    if (unlisted) return unlisted;
    const broken = entries.find((entry) => entry.kind === 'broken' && id.split('/')[0] === entry.id);
    if (broken?.kind === 'broken')
      throw new ProviderError('unavailable', `${broken.label} can’t be used now: ${broken.error.message}`);
    const known = entries.flatMap((entry) => (entry.kind === 'connection' ? [entry.connection.id] : []));
    throw new ProviderError(
      'notFound',
      `There is no connection "${id}". There is: ${known.join(', ') || 'none'}`,
    );
  }

  /** One that exists by its id alone (`Provider.unlisted`). */
  async unlisted(id: string): Promise<Connection | undefined> {
    for (const provider of this.providers) {
      const found = await provider.unlisted?.(id);
      if (found) return found;
    }
    return undefined;
  }

  dispose(): void {
    this.held.dispose();
    this.changed.dispose();
    for (const provider of this.providers) provider.dispose?.();
  }

  private async list(): Promise<readonly ConnectionEntry[]> {
    const lists = await Promise.all(this.providers.map(entriesOf));
    const entries = [...lists.flat(), ...this.broken.map((one) => brokenEntry(one.id, one.id, one.error))];
    if (entries.some((entry) => entry.kind === 'broken')) this.listed = undefined;
    return entries;
  }
}

async function entriesOf(provider: Provider): Promise<ConnectionEntry[]> {
  try {
    const connections = await provider.connections();
    return connections.map((connection) => ({ kind: 'connection', connection }));
  } catch (error) {
    return [brokenEntry(provider.id, provider.label, error)];
  }
}

function brokenEntry(id: string, label: string, error: unknown): ConnectionEntry {
  return { kind: 'broken', id, label, error: asError(error) };
}
