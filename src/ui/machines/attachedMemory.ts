import type * as vscode from 'vscode';
import type { AttachedMemory } from '../../services/machines/attachedMachines';

const key = 'trainyard.attachedMachines';

/** Which machines were attached in this workspace. */
export function attachedMemory(state: vscode.Memento): AttachedMemory {
  return {
    get: () => state.get<readonly string[]>(key, []),
    set: async (ids) => {
      await state.update(key, ids);
    },
  };
}
