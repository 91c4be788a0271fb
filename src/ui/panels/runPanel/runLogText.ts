import * as vscode from 'vscode';
import { withoutAnsi } from '../../../core/ansi';
import type { TrainingJob } from '../../../core/trainingJob';
import { bytesText } from '../../../core/words';
import type { LogRange } from '../../../protocol/runLog';
import { saveLog, type SavedLog } from '../../../services/logStore/logExport';
import type { LogStore } from '../../../services/logStore/logStore';
import { signalOf } from '../../cancellation';
import type { RunLogs } from './runLogs';

/** An editor becomes slow above this, and extensions no longer see its text above 50 MB. */
const longestText = 20_000_000;

/** What leaves the panel: rows as text, and logs as files. */
export class RunLogText {
  constructor(
    private readonly store: LogStore,
    private readonly logs: RunLogs,
    private readonly job: () => TrainingJob,
  ) {}

  async copy(range: LogRange): Promise<void> {
    await vscode.env.clipboard.writeText(await this.text(range));
    const count = range.to - range.from;
    vscode.window.setStatusBarMessage(`Copied ${count.toLocaleString()} line${count === 1 ? '' : 's'}`, 3000);
  }

  async openInEditor(range: LogRange): Promise<void> {
    const content = await this.text(range);
    const document = await vscode.workspace.openTextDocument({ content, language: 'log' });
    await vscode.window.showTextDocument(document, { preview: false });
  }

  /** Asks where to, and saves one node's log, or each node's into a folder, exactly as the job wrote it. */
  async save(node: number | null): Promise<void> {
    const job = this.job();
    const files =
      node === null && job.spec.num_nodes > 1 ? await toFolder(job) : await toFile(job, node ?? 0);
    if (files.length === 0) return;
    const title = `Saving the log of ${job.name}`;
    const location = vscode.ProgressLocation.Notification;
    await vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
      let shown = 0;
      for (const file of files) {
        await saveLog(this.store, job, file, signalOf(token), (bytes) => {
          if (bytes - shown < 1_000_000) return;
          shown = bytes;
          progress.report({ message: bytesText(bytes) });
        });
        shown = 0;
      }
    });
    const where =
      files.length === 1
        ? files[0]?.path
        : vscode.Uri.joinPath(vscode.Uri.file(files[0]?.path ?? ''), '..').fsPath;
    vscode.window.setStatusBarMessage(`Saved: ${where}`, 5000);
  }

  private async text({ view, from, to }: LogRange): Promise<string> {
    const { log, rows } = await this.logs.open(view);
    const decoder = new TextDecoder();
    const parts: string[] = [];
    let length = 0;
    for (const { first, count } of rows.runs(from, to - from)) {
      for await (const bytes of log.bytes(first, count)) {
        length += bytes.length;
        if (length > longestText)
          throw new Error(
            `These lines are more than ${bytesText(longestText)}. Choose fewer of them, or save the log to a file.`,
          );
        parts.push(decoder.decode(bytes, { stream: true }));
      }
    }
    return parts.join('').split('\n').map(withoutAnsi).join('\n');
  }
}

async function toFile(job: TrainingJob, node: number): Promise<SavedLog[]> {
  const name = job.spec.num_nodes > 1 ? `${job.id}-node${node}.log` : `${job.id}.log`;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    title: 'Save Log As',
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
    filters: { Logs: ['log', 'txt'] },
  });
  return target ? [{ node, path: localPath(target) }] : [];
}

async function toFolder(job: TrainingJob): Promise<SavedLog[]> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: `Save the logs of ${job.spec.num_nodes} nodes into a folder`,
      openLabel: 'Save Logs Here',
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  if (!folder) return [];
  return Array.from({ length: job.spec.num_nodes }, (_, node) => ({
    node,
    path: localPath(vscode.Uri.joinPath(folder, `${job.id}-node${node}.log`)),
  }));
}

function localPath(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  throw new Error(`A log can be saved on this computer only, not to: ${uri.scheme}://${uri.authority}`);
}
