import type { Memento } from 'vscode';

const key = 'trainyard.announced';
const kept = 50;

/**
 * Whether this window is the one that tells of `id`: whichever asks first once its `turn` has come. Windows know of each
 * other only through the editor's storage, so that two in the background may, rarely, both speak.
 */
export async function isFirstToTell(storage: Memento, id: string, turn: Promise<unknown>): Promise<boolean> {
  await turn;
  const told = storage.get<readonly string[]>(key, []);
  if (told.includes(id)) return false;
  await storage.update(key, [...told, id].slice(-kept));
  return true;
}

/** At once for the window in front; the others let it speak first, and not all at the same time. */
export function turnOf(focused: boolean): Promise<unknown> {
  const milliseconds = focused ? 0 : 1000 * (1 + Math.random());
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
