import * as vscode from 'vscode';
import type { Connection } from '../../core/provider';
import type { Host } from '../host';

export interface WantedConnection {
  /** Asked where none was given. */
  readonly question: string;
  readonly can: (connection: Connection) => boolean;
  /** Said where none can. */
  readonly none: string;
}

/** The connection named by its id, else the one that a person picks. */
export async function targetConnection(
  host: Host,
  word: unknown,
  { question, can, none }: WantedConnection,
): Promise<Connection | undefined> {
  const { connections } = await host.core.get();
  if (typeof word === 'string') return connections.get(word);
  const found = (await connections.all())
    .flatMap((entry) => (entry.kind === 'connection' ? [entry.connection] : []))
    .filter(can);
  if (found.length === 0) {
    void vscode.window.showInformationMessage(none);
    return undefined;
  }
  const items = found.map((connection) => ({ label: connection.label, connection }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: question });
  return picked?.connection;
}
