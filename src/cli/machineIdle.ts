import { idleShutdownProblem } from '../core/idleShutdown';
import { idleProspect, setIdleShutdown } from '../services/machines/machineIdle';
import { CliError, exitCode } from './exitCode';
import { findMachine } from './findMachine';
import { inert } from './printer';
import type { VerbContext } from './verb';

/** `machines idle MACHINE [MINUTES | off]`: says what stops it when nobody uses it, or sets that. */
export async function machineIdle(context: VerbContext, name: string, text?: string): Promise<number> {
  const { host, printer, flags } = context;
  const core = await context.core();
  const { id, label } = findMachine(await core.machines.refresh(), name).instance;
  const signal = host.interrupted;
  let prospect = await idleProspect(core, id, signal);
  if (text !== undefined) {
    const minutes = text === 'off' ? null : Number(text);
    const wrong = minutes === null ? undefined : idleShutdownProblem(minutes, prospect);
    if (wrong !== undefined) throw new CliError(exitCode.badInput, `${wrong} Or off. Not: ${text}`);
    if (minutes !== null && prospect.problem === undefined)
      for (const note of prospect.notes) host.err.write(`${inert(note)}\n`);
    const onProgress = (message: string) => {
      host.err.write(`${inert(label)}: ${message}\n`);
    };
    prospect = await setIdleShutdown(core, id, minutes, onProgress, signal);
  }
  const { minutes, stops, words } = prospect;
  if (flags.json) await printer.json({ id, minutes, stops: stops ?? null, now: words });
  else await printer.line(`${inert(label)}: ${inert(words)}`);
  return exitCode.ok;
}
