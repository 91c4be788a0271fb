const newline = 0x0a;

/** The first `most` bytes of line `number` (from 0) of a log, without its newline; empty where the log has no such line. */
export async function lineBytes(
  log: AsyncIterable<Uint8Array>,
  number: number,
  most: number,
): Promise<Uint8Array> {
  let line = 0;
  let length = 0;
  const parts: Uint8Array[] = [];
  for await (const chunk of log) {
    let from = 0;
    while (line < number) {
      const at = chunk.indexOf(newline, from);
      if (at < 0) break;
      from = at + 1;
      line++;
    }
    if (line < number) continue;
    const end = chunk.indexOf(newline, from);
    const part = chunk.slice(from, Math.min(end < 0 ? chunk.length : end, from + most - length));
    parts.push(part);
    length += part.length;
    if (end >= 0 || length >= most) break;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
