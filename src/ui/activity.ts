import * as vscode from 'vscode';
import { Disposables, type Disposable } from '../lib/disposables';
import { ActivityLease } from '../services/watchdog/activityLease';
import type { Core } from '../services/core';

/** While somebody uses this window, the watchdogs of its machines hear of it. The editor itself tells use from an open window. */
export function activity({ watchdogs }: Core): Disposable {
  const lease = new ActivityLease(watchdogs);
  const held = new Disposables();
  const look = () => {
    if (vscode.window.state.active) lease.active();
  };
  held.add(vscode.window.onDidChangeWindowState(look));
  const timer = setInterval(look, 60_000);
  held.add({
    dispose: () => {
      clearInterval(timer);
    },
  });
  return held;
}
