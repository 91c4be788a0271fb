/** What a key of the log's list wants: to go by so many rows, to a place, or to begin or end following. */
export type LogKey = { readonly by: number } | 'start' | 'end' | 'follow';

/** `rows` are all there are, of which `fitting` are in sight. `undefined` for a key that means nothing here. */
export function logKey(
  { key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent,
  rows: number,
  fitting: number,
): LogKey | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  const page = Math.max(1, Math.floor(fitting) - 1);
  switch (key) {
    case 'ArrowDown':
      return { by: 1 };
    case 'ArrowUp':
      return { by: -1 };
    case 'PageDown':
      return { by: page };
    case 'PageUp':
      return { by: -page };
    case 'Home':
      return shiftKey ? { by: -rows } : 'start';
    case 'End':
      return shiftKey ? { by: rows } : 'end';
    case 'g':
      return 'start';
    case 'G':
      return 'end';
    case 'f':
      return 'follow';
    default:
      return undefined;
  }
}
