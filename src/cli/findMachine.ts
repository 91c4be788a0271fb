import type { KnownMachines, MachineEntry } from '../services/machines/machines';
import { CliError, exitCode } from './exitCode';

/** The machine that a person means: its id, or its name where only one has it. */
export function findMachine({ entries, troubles }: KnownMachines, word: string): MachineEntry {
  const exact = entries.find(({ instance }) => instance.id === word);
  if (exact) return exact;
  const [only, ...others] = word === '' ? [] : entries.filter(({ instance }) => instance.label === word);
  if (others.length > 0) {
    const ids = [only, ...others].slice(0, 5).map((entry) => entry?.instance.id);
    throw new CliError(
      exitCode.badInput,
      `"${word}" is the name of several machines. Give the id of one: ${ids.join(', ')}`,
    );
  }
  if (only) return only;
  const why = troubles.map(({ label, error }) => `\n${label}: ${error.message}`);
  throw new CliError(
    exitCode.badInput,
    `There is no machine called "${word}". See them with: trainyard machines${why.join('')}`,
  );
}
