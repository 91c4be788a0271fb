import * as vscode from 'vscode';
import type { Machine } from '../../core/machine';
import { ShellSession } from '../../services/machines/shellSession';

/** A terminal with a login shell on the machine, in front. `text` is typed into it once it runs. */
export function openTerminal(machine: Machine, text?: string): vscode.Terminal {
  const terminal = vscode.window.createTerminal({
    name: machine.label,
    iconPath: new vscode.ThemeIcon('vm'),
    pty: new MachineTerminal(machine, text),
  });
  terminal.show();
  return terminal;
}

class MachineTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<void>();
  private readonly session: ShellSession;

  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;

  constructor(
    machine: Machine,
    private readonly text?: string,
  ) {
    this.session = new ShellSession(machine, {
      write: (output) => {
        this.written.fire(output);
      },
      // Without a code: what the last command gave is no failure of the terminal.
      close: () => {
        this.closed.fire();
      },
    });
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    if (size) this.session.resize(size.columns, size.rows);
    void this.session.start();
    if (this.text !== undefined) this.session.type(this.text);
  }

  handleInput(text: string): void {
    this.session.type(text);
  }

  setDimensions({ columns, rows }: vscode.TerminalDimensions): void {
    this.session.resize(columns, rows);
  }

  close(): void {
    this.session.close();
    this.written.dispose();
    this.closed.dispose();
  }
}
