import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';
import { portName } from './portName';

/** A port that a program on a machine listens on. */
export interface ListeningPort {
  readonly port: number;
  /** What answers there, where its number or its command line tells, such as `TensorBoard`. */
  readonly name?: string;
  /** Command line, where the program is the user's own. */
  readonly command?: string;
}

/** The ports below it belong to the system, and these to services that nobody forwards. */
const uninteresting = new Set([22, 25, 53, 111, 631]);

/** What listens on a machine, known programs first, then by number. Asks the person nothing. */
export async function listeningPorts(
  machine: Machine,
  remoteFolder: string,
  signal: AbortSignal,
): Promise<readonly ListeningPort[]> {
  const script = await readFile(join(remoteFolder, 'ports.sh'));
  const options = { input: script, quiet: true, timeout: 10_000, maxBytes: 1 << 18 };
  const { code, stdout, stderr } = await machine.run(['sh'], options, signal);
  if (code !== 0)
    throw new ProviderError('unavailable', `The ports of ${machine.label} can’t be read: ${stderr}`);
  return parsePorts(stdout);
}

/** Of `ports.sh`. Lines that are not its own are left out. */
export function parsePorts(text: string): readonly ListeningPort[] {
  const commands = new Map<string, string>();
  for (const [, pid = '', command = ''] of text.matchAll(/^process (\d+) (.*)$/gm))
    commands.set(pid, command.trim());
  const found = new Map<number, ListeningPort>();
  for (const [, digits = '', pid = ''] of text.matchAll(/^port (\d{1,5}) \S+ (\d+)$/gm)) {
    const port = Number(digits);
    const command = commands.get(pid);
    if (port < 1 || port > 65_535 || uninteresting.has(port)) continue;
    if (found.get(port)?.command !== undefined) continue;
    const name = portName(port, command);
    found.set(port, { port, ...(name !== undefined && { name }), ...(command !== undefined && { command }) });
  }
  const rank = ({ name, command }: ListeningPort) => (name !== undefined ? 0 : command !== undefined ? 1 : 2);
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || a.port - b.port);
}
