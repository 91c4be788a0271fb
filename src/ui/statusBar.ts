import * as vscode from 'vscode';
import { messageOf } from '../core/errors';
import { hasEnded } from '../core/trainingJob';
import { Disposables, type Disposable } from '../lib/disposables';
import type { Core } from '../services/core';
import { statusText } from './statusText';
import { jobDescription } from './trees/jobRow';
import { tooltipMarkdown } from './trees/markdown';
import { unheardOf } from './trees/unheard';

/** How many jobs run and what they cost an hour, in the status bar. Nothing when nothing runs. */
export function statusBar(core: Core): Disposable {
  const held = new Disposables();
  const item = held.add(
    vscode.window.createStatusBarItem('trainyard.status', vscode.StatusBarAlignment.Left, 10),
  );
  item.name = 'Trainyard Jobs';
  item.command = 'trainyard.jobs.focus';
  const show = () => {
    const jobs = core.jobs.list().filter((job) => !hasEnded(job.state));
    const text = statusText(jobs);
    if (text === undefined) {
      item.hide();
      return;
    }
    const facts = jobs.map((job) => [job.name, jobDescription(job, {}, Date.now())] as const);
    const unheard = unheardOf(jobs, (id) => core.jobs.failure(id)).map(
      ({ label, error }) => [label, messageOf(error)] as const,
    );
    item.text = `$(${unheard.length > 0 ? 'warning' : 'play-circle'}) ${text}`;
    item.tooltip = new vscode.MarkdownString(
      tooltipMarkdown({ title: `Trainyard: ${text}`, facts: [...facts, ...unheard] }),
    );
    item.accessibilityInformation = {
      label: [`Trainyard: ${text} running`, ...unheard.map(([label]) => label)].join('. '),
    };
    item.show();
  };
  held.add(core.jobs.onDidChange(show));
  show();
  return held;
}
