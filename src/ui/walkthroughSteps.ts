import * as vscode from 'vscode';
import type { TrainingJob } from '../core/trainingJob';
import { contextKeys } from './contextKeys';
import type { Host } from './host';

/** Ticks the walkthrough's step that waits for `key`. */
export function tick(key: keyof typeof contextKeys): void {
  void vscode.commands.executeCommand('setContext', contextKeys[key], true);
}

/** Shows the job's panel. */
export async function showJob(host: Host, job: TrainingJob): Promise<void> {
  (await host.panels.runPanels()).open(job.id);
  tick('opened');
  if (job.state === 'failed') tick('sawFailure');
}
