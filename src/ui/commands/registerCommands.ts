import * as vscode from 'vscode';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Host } from '../host';
import { runCommand } from '../runCommand';
import type { CommandTable } from './commandTable';

/** Registers each command of the tables behind the one wrapper that shows failures. */
export function registerCommands(host: Host, tables: readonly CommandTable[]): Disposable {
  const held = new Disposables();
  for (const [id, handler] of tables.flatMap((table) => Object.entries(table))) {
    held.add(
      vscode.commands.registerCommand(id, (...words: unknown[]) =>
        runCommand(host.log, () => handler(host, ...words)),
      ),
    );
  }
  return held;
}
