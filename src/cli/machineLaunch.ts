import { approve } from '../core/costGuard';
import type { InstanceLaunch, InstanceLaunching, LaunchSettings, LaunchSource } from '../core/instance';
import { settledSettings } from '../core/launchSettings';
import { costText, hourlyText } from '../core/words';
import type { Core } from '../services/core';
import { textFlag, type Flags } from './arguments';
import { consentOf } from './consent';
import { CliError, exitCode } from './exitCode';
import type { VerbContext } from './verb';

/** Hours after which a machine powers itself off where nobody says anything else. */
const usualHours = 8;

/** `machines launch`: says what it costs and asks, and is done when the platform says that it runs. */
export async function launchMachine(context: VerbContext): Promise<number> {
  const { host, printer, flags } = context;
  const core = await context.core();
  const { id: connection, launching } = await placeOf(core, textFlag(flags.on));
  const source = await sourceOf(launching, flags, host.interrupted);
  const type = textFlag(flags.type) ?? textFlag(flags.template) ?? '';
  const launch: InstanceLaunch = {
    source,
    name: nameOf(textFlag(flags.name) ?? type),
    maxHours: hoursOf(textFlag(flags.hours)),
  };
  const offer = await launching.offer(launch, host.interrupted);
  if (offer.why !== '') host.err.write(`${offer.why}\n`);
  if (!offer.possible) throw new CliError(exitCode.platformSaidNo, 'It can’t be launched.');
  const question = [
    `${launch.name} on ${connection}`,
    ...(offer.instanceType === null ? [] : [offer.instanceType]),
    ...(offer.spot ? ['spot'] : []),
    ...(offer.hourlyUsd === null || launch.maxHours === null
      ? []
      : [`at worst ${costText(offer.hourlyUsd * launch.maxHours)} in ${launch.maxHours} h`]),
  ].join(' · ');
  if (flags.yes === true) host.err.write(`${question} · ${hourlyText(offer.hourlyUsd)}\n`);
  const policy = { maxHourlyUsd: core.setting('trainyard.guardrails.maxHourlyUsd') ?? undefined };
  const consent = consentOf(host, flags.yes === true, question, 'Launch');
  const answer = await approve(policy, launch, offer, consent);
  if (answer === undefined) throw new CliError(exitCode.refused, 'Not launched.');
  if ('kind' in answer) throw new CliError(exitCode.refused, `A guardrail refuses this: ${answer.why}`);
  const onProgress = (message: string) => {
    host.err.write(`${launch.name}: ${message}\n`);
  };
  const id = await launching.launch(answer, onProgress, host.interrupted);
  if (flags.json) await printer.json({ id, state: 'running' });
  else await printer.line(`${id} running`);
  return exitCode.ok;
}

/** The connection that launches machines: the one that was named, or the only one there is. */
async function placeOf(
  core: Core,
  on: string | undefined,
): Promise<{ readonly id: string; readonly launching: InstanceLaunching }> {
  const places = (await core.connections.all()).flatMap((entry) => {
    if (entry.kind !== 'connection' || !entry.connection.instances?.launching) return [];
    return [{ id: entry.connection.id, launching: entry.connection.instances.launching }];
  });
  const fitting = places.filter(({ id }) => on === undefined || id === on);
  const [place] = fitting;
  if (place && fitting.length === 1) return place;
  const all = places.map(({ id }) => id).join(', ');
  throw new CliError(
    exitCode.badInput,
    all === ''
      ? 'No connection launches machines. Add one with: trainyard connections add'
      : `Say where with --on, one of: ${all}`,
  );
}

async function sourceOf(
  launching: InstanceLaunching,
  flags: Flags,
  signal: AbortSignal,
): Promise<LaunchSource> {
  const type = textFlag(flags.type);
  const template = textFlag(flags.template);
  if ((type === undefined) === (template === undefined))
    throw new CliError(exitCode.badInput, 'Say from what: --type TYPE or --template NAME.');
  if (template !== undefined) {
    if (flags.spot === true)
      throw new CliError(exitCode.badInput, 'Whether it is a spot instance is up to the launch template.');
    const found = (await launching.templates(signal)).find(
      ({ id, label }) => id === template || label === template,
    );
    if (!found) throw new CliError(exitCode.badInput, `There is no such launch template: ${template}`);
    return { template: found.id };
  }
  if (!launching.questions)
    throw new CliError(exitCode.badInput, 'Machines are launched from templates only there.');
  const chosen: LaunchSettings = { type: type ?? '', market: flags.spot === true ? 'spot' : 'on-demand' };
  const settings = settledSettings(await launching.questions(chosen, signal), chosen);
  if (settings.market !== chosen.market)
    throw new CliError(
      exitCode.badInput,
      `There is none ${flags.spot === true ? 'as a spot instance' : 'on demand'} of this type: ${type ?? ''}`,
    );
  return { settings };
}

function nameOf(text: string): string {
  if (/^[\w .:/=+@-]{1,100}$/.test(text)) return text;
  throw new CliError(
    exitCode.badInput,
    `--name takes letters, digits, spaces and _ . : / = + - @, not: ${text}`,
  );
}

function hoursOf(text: string | undefined): number | null {
  if (text === undefined) return usualHours;
  if (text === 'none') return null;
  const hours = Number(text);
  if (Number.isFinite(hours) && hours >= 0.1 && hours <= 8760) return hours;
  throw new CliError(exitCode.badInput, `--hours takes a number of hours or none, not: ${text}`);
}
