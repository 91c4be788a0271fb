import type * as vscode from 'vscode';
import { Emitter } from '../../lib/event';
import { isJobFileName } from './jobFileName';

const key = 'trainyard.jobFiles';
/** Enough for any workspace; the oldest are forgotten first. */
const most = 100;

/** Which documents are job files: those named so, and any YAML that was submitted or validated as one. */
export class JobFiles {
  private readonly added = new Emitter<void>();
  readonly onDidAdd = this.added.event;

  constructor(private readonly state: vscode.Memento) {}

  has(document: vscode.TextDocument): boolean {
    return isJobFileName(document.uri.path) || this.named().includes(document.uri.toString());
  }

  async add(document: vscode.TextDocument): Promise<void> {
    if (this.has(document)) return;
    await this.state.update(key, [...this.named(), document.uri.toString()].slice(-most));
    this.added.fire();
  }

  private named(): readonly string[] {
    return this.state.get<readonly string[]>(key, []);
  }
}
