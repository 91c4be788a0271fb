import * as vscode from 'vscode';
import type { WatchdogState } from '../core/watchdog/watchdogState';
import type { Disposable } from '../lib/disposables';
import type { Core } from '../services/core';
import { isFirstToTell, turnOf } from './firstToTell';
import type { Host } from './host';
import { runCommand } from './runCommand';
import { watchdogNews, type WatchdogNews } from './watchdog/watchdogNews';

/** Tells of a machine that is about to stop, and of one that could not be stopped: once each, in one window. */
export function watchdogWarnings(host: Host, { watchdogs, setting }: Core): Disposable {
  /** Keys of the last news of each machine. */
  const last = new Map<string, readonly string[]>();
  return watchdogs.onDidChange((id) => {
    const machine = watchdogs.machine(id);
    const state: WatchdogState | undefined = watchdogs.of(id);
    if (!machine || !state) return;
    const news = watchdogNews(machine.label, state, Date.now());
    const before = last.get(id) ?? [];
    last.set(
      id,
      news.map(({ key }) => key),
    );
    if (!setting('trainyard.notifications.machineStops')) return;
    for (const one of news.filter(({ key }) => !before.includes(key)))
      void runCommand(host.log, () => tell(id, one));
  });

  async function tell(id: string, { key, text, keeps }: WatchdogNews): Promise<void> {
    const turn = turnOf(vscode.window.state.focused);
    if (!(await isFirstToTell(host.extension.globalState, `${id} ${key}`, turn))) return;
    const choices = [...(keeps ? ['Keep 30 Minutes'] : []), 'Show Log'];
    const chosen = await vscode.window.showWarningMessage(text, ...choices);
    const machine = watchdogs.machine(id);
    if (chosen === 'Keep 30 Minutes' && machine)
      await watchdogs.extend(machine, new AbortController().signal);
    if (chosen === 'Show Log') await vscode.commands.executeCommand('trainyard.watchdog.showLog', id);
  }
}
