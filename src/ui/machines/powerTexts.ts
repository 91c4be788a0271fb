import type { IdleFact } from '../../core/idleShutdown';
import type { Instance, InstanceLaunch } from '../../core/instance';
import type { Offer } from '../../core/provider';
import { durationText, hourlyText } from '../../core/words';

/** What a person is asked before something is paid for, or ends. */
export interface Question {
  readonly message: string;
  readonly detail: string;
}

export function startText(
  { label, hardware = '', idle }: Instance,
  { hourlyUsd, pricesAsOf, why }: Offer,
): Question {
  return {
    message: `Start ${label} for ${hourlyText(hourlyUsd)}?`,
    detail: [
      ...(hardware === '' ? [] : [hardware]),
      ...(pricesAsOf === null ? [] : [`List price of ${pricesAsOf}, on demand.`]),
      why,
      stopsText(idle),
    ].join('\n'),
  };
}

function stopsText(idle: IdleFact | undefined): string {
  if (!idle) return 'Nothing stops it by itself unless its watchdog is armed.';
  return `${idle.stops === false ? '⚠ ' : ''}Idle shutdown: ${idle.words}.`;
}

export function stopText({ label, hourlyUsd, facts }: Instance, jobs: readonly string[]): Question {
  const disks = facts.find(([name]) => name === 'Disks')?.[1];
  return {
    message: `Stop ${label}?`,
    detail: [
      `What runs on it ends${jobs.length > 0 ? `, with these jobs: ${jobs.join(', ')}` : ''}. Its disk is kept.`,
      hourlyUsd === null
        ? 'Its price is not known; once it is stopped only its disk is paid for.'
        : `It costs ${hourlyText(hourlyUsd)} until it is stopped; then only its disk${disks === undefined ? '' : ` (${disks.split(',')[0] ?? ''})`}.`,
    ].join('\n'),
  };
}

export function launchText({ name, maxHours }: InstanceLaunch, offer: Offer): Question {
  const { hourlyUsd, instanceType, accelerators, connection, why } = offer;
  const worst =
    hourlyUsd === null || maxHours === null
      ? []
      : [`At most $${(hourlyUsd * maxHours).toFixed(2)} in its first ${durationText(maxHours * 3_600_000)}.`];
  return {
    message: `Launch ${name} for ${hourlyText(hourlyUsd)}?`,
    detail: [
      [connection, instanceType, accelerators].filter((part) => part !== null).join(' · '),
      ...worst,
      '',
      why,
    ].join('\n'),
  };
}
