import { approve } from '../core/costGuard';
import { hourlyText } from '../core/words';
import { startMachine, startOffer, stopMachine } from '../services/machines/machinePower';
import { consentOf } from './consent';
import { CliError, exitCode } from './exitCode';
import { findMachine } from './findMachine';
import { inert } from './printer';
import type { VerbContext } from './verb';

/** `machines start MACHINE` and `machines stop MACHINE`: the machine by its id or its name. */
export async function switchMachine(context: VerbContext, word: string, name: string): Promise<number> {
  const { host, printer, flags } = context;
  if (word !== 'start' && word !== 'stop')
    throw new CliError(
      exitCode.badInput,
      `Say one of: start MACHINE, stop MACHINE, idle MACHINE or launch, not: ${word}`,
    );
  const core = await context.core();
  const found = findMachine(await core.machines.refresh(), name).instance;
  const { id } = found;
  const label = inert(found.label);
  const onProgress = (message: string) => {
    host.err.write(`${label}: ${message}\n`);
  };
  if (word === 'start' && found.idle?.stops === false)
    host.err.write(
      `${label}: nothing stops it by itself. Set its idle shutdown first with: trainyard machines idle ${label} MINUTES\n`,
    );
  if (word === 'stop') await stopMachine(core, id, onProgress, host.interrupted);
  else {
    const offer = await startOffer(core, id, host.interrupted);
    const question = [label, id, ...(offer.instanceType === null ? [] : [offer.instanceType])].join(' · ');
    if (flags.yes === true) host.err.write(`${question} · ${hourlyText(offer.hourlyUsd)}\n`);
    const policy = { maxHourlyUsd: core.setting('trainyard.guardrails.maxHourlyUsd') ?? undefined };
    const consent = consentOf(host, flags.yes === true, question, 'Start');
    const answer = await approve(policy, { instance: id }, offer, consent);
    if (answer === undefined) throw new CliError(exitCode.refused, 'Not started.');
    if ('kind' in answer) throw new CliError(exitCode.refused, `A guardrail refuses this: ${answer.why}`);
    await startMachine(core, answer, onProgress, host.interrupted);
  }
  const { instance } = await core.machines.entry(id);
  if (flags.json) await printer.json({ id, state: instance.state });
  else await printer.line(`${label} ${instance.state}`);
  return exitCode.ok;
}
