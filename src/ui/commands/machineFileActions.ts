import * as vscode from 'vscode';
import { CancelledError, ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';
import { bytesText, countText } from '../../core/words';
import { remoteName } from '../../services/machines/remotePath';
import type { ConflictAnswer, TransferOptions, TransferResult } from '../../services/machines/fileTransfer';
import { signalOf } from '../cancellation';
import type { Host } from '../host';
import { attachTo } from '../machines/attachTo';
import { machinePath, machineUri } from '../machines/machineFileSystem';
import { machineScheme } from '../machines/machineUri';
import type { MachinesNode } from '../trees/machinesNode';
import { noMachines } from './machineActions';
import { targetMachine } from './machineTarget';

/** Opens a file of a machine, or adds a folder of it to the workspace. */
export async function browseMachine(host: Host, word?: unknown): Promise<void> {
  const machine = await attachedMachine(host, word, 'Browse the files of which machine?');
  if (!machine) return;
  const node = asFileNode(word);
  if (node?.kind === 'file') {
    await vscode.commands.executeCommand('vscode.open', machineUri(machine.id, node.path));
    return;
  }
  const picked = await pickRemote(machine, node?.path, {
    title: `Files of ${machine.label}`,
    openLabel: 'Open',
    canSelectFiles: true,
    canSelectFolders: true,
  });
  if (!picked) return;
  const { type } = await vscode.workspace.fs.stat(picked);
  if ((type & vscode.FileType.Directory) !== 0) addToWorkspace(machine, picked);
  else await vscode.commands.executeCommand('vscode.open', picked);
}

export async function addMachineFolder(host: Host, word?: unknown): Promise<void> {
  const machine = await attachedMachine(host, word, 'Add a folder of which machine?');
  if (!machine) return;
  const node = asFileNode(word);
  const home = node?.kind === 'folder' && node.path === undefined;
  const uri =
    node?.path !== undefined || home
      ? machineUri(machine.id, node.path ?? (await machine.files.home(new AbortController().signal)))
      : await pickRemote(machine, undefined, {
          title: `Add a folder of ${machine.label} to the workspace`,
          openLabel: 'Add',
          canSelectFiles: false,
          canSelectFolders: true,
        });
  if (uri) addToWorkspace(machine, uri);
}

/** From the Explorer what was clicked or selected there, else what a person picks. */
export async function uploadToMachine(host: Host, ...words: unknown[]): Promise<void> {
  const given = urisOf(words);
  const word = given.length > 0 ? undefined : words[0];
  const machine = await attachedMachine(host, word, 'Upload to which machine?');
  if (!machine) return;
  const sources = given.length > 0 ? given : await pickLocal(`Upload to ${machine.label}`);
  if (!sources || sources.length === 0) return;
  const target = await targetFolder(machine, word);
  if (target === undefined) return;
  const { upload } = await import('../../services/machines/upload');
  const result = await withProgress(`Uploading to ${machine.label}`, (options, signal) =>
    upload(machine, sources.map(localPath), target, options, signal),
  );
  tellResult('Uploaded', result, `${machine.label}:${target}`);
  await vscode.commands.executeCommand('trainyard.refresh');
}

export async function downloadFromMachine(host: Host, ...words: unknown[]): Promise<void> {
  const [word, selected] = words;
  const machine = await attachedMachine(host, word, 'Download from which machine?');
  if (!machine) return;
  const nodes = (Array.isArray(selected) ? (selected as unknown[]) : [word]).map(asFileNode);
  let paths = nodes.flatMap((node) =>
    node?.machine === machine.id && node.path !== undefined ? [node.path] : [],
  );
  if (paths.length === 0) {
    const picked = await pickRemote(machine, undefined, {
      title: `Download from ${machine.label}`,
      openLabel: 'Download',
      canSelectFiles: true,
      canSelectFolders: true,
    });
    if (!picked) return;
    paths = [machinePath(picked).path];
  }
  const [folder] =
    (await pickFolder(
      `Download ${paths.length === 1 ? remoteName(paths[0] ?? '') : countText(paths.length, 'item')} to`,
    )) ?? [];
  if (!folder) return;
  const to = localPath(folder);
  const { download } = await import('../../services/machines/download');
  const result = await withProgress(`Downloading from ${machine.label}`, (options, signal) =>
    download(machine, paths, to, options, signal),
  );
  tellResult('Downloaded', result, to);
}

async function attachedMachine(host: Host, word: unknown, question: string): Promise<Machine | undefined> {
  const machine = await targetMachine(host, word, { question, none: noMachines });
  return machine && (await attachTo(host, machine)) ? machine : undefined;
}

type FileNode = Extract<MachinesNode, { readonly kind: 'file' | 'folder' }>;

function asFileNode(word: unknown): FileNode | undefined {
  const node = word as Partial<MachinesNode> | undefined;
  return node?.kind === 'file' || node?.kind === 'folder' ? (node as FileNode) : undefined;
}

/** Takes effect at once; the editor starts its extensions again where the workspace had only one folder. */
function addToWorkspace(machine: Machine, uri: vscode.Uri): void {
  const name = `${machine.label}: ${remoteName(uri.path)}`;
  const end = vscode.workspace.workspaceFolders?.length ?? 0;
  if (!vscode.workspace.updateWorkspaceFolders(end, 0, { uri, name }))
    throw new ProviderError('conflict', `This folder is in the workspace already: ${name}`);
}

async function pickRemote(
  machine: Machine,
  path: string | undefined,
  options: vscode.OpenDialogOptions,
): Promise<vscode.Uri | undefined> {
  const from = path ?? (await machine.files.home(new AbortController().signal));
  const [picked] =
    (await vscode.window.showOpenDialog({ ...options, defaultUri: machineUri(machine.id, from) })) ?? [];
  if (picked && picked.scheme !== machineScheme)
    throw new ProviderError('invalid', `This is not on ${machine.label}: ${picked.fsPath}`);
  return picked;
}

/** The folder that was clicked, else one that a person picks on the machine. */
async function targetFolder(machine: Machine, word: unknown): Promise<string | undefined> {
  const node = asFileNode(word);
  if (node?.kind === 'folder') return node.path ?? machine.files.home(new AbortController().signal);
  const picked = await pickRemote(machine, undefined, {
    title: `Upload to which folder of ${machine.label}?`,
    openLabel: 'Upload Here',
    canSelectFiles: false,
    canSelectFolders: true,
  });
  return picked && machinePath(picked).path;
}

async function pickLocal(title: string): Promise<readonly vscode.Uri[] | undefined> {
  const all = { canSelectFiles: true, canSelectFolders: true, canSelectMany: true };
  return vscode.window.showOpenDialog({ title, openLabel: 'Upload', ...all });
}

async function pickFolder(title: string): Promise<readonly vscode.Uri[] | undefined> {
  const defaultUri = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri;
  return vscode.window.showOpenDialog({
    title,
    openLabel: 'Download Here',
    canSelectFiles: false,
    canSelectFolders: true,
    ...(defaultUri && { defaultUri }),
  });
}

function urisOf(words: readonly unknown[]): readonly vscode.Uri[] {
  const [first, selected] = words;
  const given = Array.isArray(selected) && selected.length > 0 ? (selected as unknown[]) : [first];
  return given.filter((word) => word instanceof vscode.Uri);
}

function localPath(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  throw new ProviderError(
    'invalid',
    `Only files on this computer’s disk can be copied: ${uri.toString(true)}`,
  );
}

async function withProgress(
  title: string,
  work: (options: TransferOptions, signal: AbortSignal) => Promise<TransferResult>,
): Promise<TransferResult> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress({ location, title, cancellable: true }, (progress, token) => {
    let shown = 0;
    let replaceAll = false;
    const options: TransferOptions = {
      onProgress: ({ bytes, totalBytes, files, totalFiles }) => {
        const done = totalBytes > 0 ? (bytes / totalBytes) * 100 : 0;
        // Each report crosses to the window: a percent is as much as anyone sees.
        if (done - shown < 1 && files < totalFiles) return;
        progress.report({
          message: `${bytesText(bytes)} of ${bytesText(totalBytes)}, ${files} of ${countText(totalFiles, 'file')}`,
          increment: done - shown,
        });
        shown = done;
      },
      onConflict: async (name) => {
        const answer = replaceAll ? 'Replace' : await askConflict(name);
        replaceAll ||= answer === 'Replace All';
        return answers[answer];
      },
    };
    return work(options, signalOf(token));
  });
}

const answers: Readonly<Record<'Replace' | 'Replace All' | 'Skip', ConflictAnswer>> = {
  Replace: 'replace',
  'Replace All': 'replace',
  Skip: 'skip',
};

async function askConflict(name: string): Promise<keyof typeof answers> {
  const detail = 'Of a folder, the files that have the same names are replaced; the others stay.';
  const choices = ['Replace', 'Replace All', 'Skip'] as const;
  const answer = await vscode.window.showWarningMessage(
    `${name} is there already.`,
    { modal: true, detail },
    ...choices,
  );
  if (answer === undefined) throw new CancelledError();
  return answer;
}

function tellResult(verb: string, { files, bytes, skipped }: TransferResult, where: string): void {
  const text = `${verb} ${countText(files, 'file')}, ${bytesText(bytes)}, to ${where}`;
  vscode.window.setStatusBarMessage(text, 5000);
  if (skipped.length > 0) {
    const some = skipped.slice(0, 3).join(', ');
    void vscode.window.showWarningMessage(
      `${text}. Left out ${countText(skipped.length, 'link')} or special files: ${some}${skipped.length > 3 ? ', …' : ''}`,
    );
  }
}
