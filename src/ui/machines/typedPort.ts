import type { ListeningPort } from '../../services/ports/listeningPorts';

/** The port number that a person typed in full; `undefined` where it is none. */
export function typedPort(text: string): number | undefined {
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/**
 * The port that was accepted in a pick. The editor names a row by its place, so that one that was chosen while the rows changed arrives as
 * another one, which what was typed tells; and who types fast presses Enter before there is a row.
 */
export function acceptedPort(
  selected: ListeningPort | undefined,
  text: string,
  listed: readonly ListeningPort[],
): ListeningPort | undefined {
  const typed = typedPort(text);
  if (typed === undefined || String(selected?.port).includes(String(typed))) return selected;
  return listed.find(({ port }) => port === typed) ?? { port: typed };
}
