import type { CommandTable } from '../commands/commandTable';
import type { NotebookSupport } from './notebookSupport';

const kernels = () => import('./kernelActions');

export function notebookCommands(notebooks: NotebookSupport): CommandTable {
  return {
    'trainyard.kernel.interrupt': async (host, word) =>
      (await kernels()).interruptKernel(host, notebooks, word),
    'trainyard.kernel.restart': async (host, word) => (await kernels()).restartKernel(host, notebooks, word),
    'trainyard.kernel.shutDown': async (host, word) =>
      (await kernels()).shutDownKernel(host, notebooks, word),
    'trainyard.machine.openNotebook': async (host, word) =>
      (await import('./openNotebook')).openNotebook(host, notebooks, word),
    'trainyard.notebook.runAsJob': async (host, word) =>
      (await import('./runNotebookAsJob')).runNotebookAsJob(host, notebooks, word),
  };
}
