import * as vscode from 'vscode';
import { bytesText, countText } from '../../core/words';
import type { ServerPrompts } from '../../services/notebooks/jupyterServer';

/** Asks in the editor's own boxes before anything changes on a machine. */
export function serverPrompts(label: string, progress: (message: string) => void): ServerPrompts {
  return {
    progress,
    async install({ packages, place, python, bytes, freeBytes }) {
      const detail = [
        `${label} has no Jupyter that Trainyard can start. It would install ${packages.join(' and ')} for you alone, into ${place}, made with ${python}.`,
        `That takes ${bytesText(bytes)} of the disk${freeBytes === undefined ? '' : `, which has ${bytesText(freeBytes)} free`}. Packages of the system stay visible in it, and nothing else is changed.`,
      ].join('\n\n');
      return confirmed(`Install Jupyter on ${label}?`, detail, 'Install');
    },
    async replace(kernels) {
      const detail = `${countText(kernels, 'kernel')} of an earlier version's notebook server would end, with their variables.`;
      return confirmed(`Restart the notebook server on ${label}?`, detail, 'Restart');
    },
  };
}

async function confirmed(message: string, detail: string, yes: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, yes)) === yes;
}
