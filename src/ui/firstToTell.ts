import type { Memento } from 'vscode';

const key = 'trainyard.announced';
const kept = 50;
/** How long a window in the background lets one in front speak first, in milliseconds. */
const patience = 1000;

/**
 * Whether this window is the one that tells of `id`: the one in front, else whichever comes first. Windows know of each
 * other only through the editor's storage, so that two in the background may, rarely, both speak.
 */
export async function isFirstToTell(storage: Memento, id: string, focused: boolean): Promise<boolean> {
  if (!focused) await new Promise((resolve) => setTimeout(resolve, patience * (1 + Math.random())));
  const told = storage.get<readonly string[]>(key, []);
  if (told.includes(id)) return false;
  await storage.update(key, [...told, id].slice(-kept));
  return true;
}
