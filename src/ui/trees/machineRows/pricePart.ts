import type { Instance } from '../../../core/instance';
import { costText, durationText, hourlyText } from '../../../core/words';
import type { MachinePart } from './machinePart';

/**
 * What a machine costs, since when, and how much that is by now. On its line only where that is known: most hosts have no price, and a line
 * of each would say so.
 */
export const pricePart: MachinePart = {
  words: ({ instance }) => costWords(instance, Date.now()),
  facts: ({ instance }) => costFacts(instance, Date.now()),
};

/** The price first: a narrow side bar has no room for all. */
export function costWords(instance: Instance, now: number): readonly string[] {
  const { hardware = '', hourlyUsd, runningSince: since, state, stoppedHourlyUsd: stopped } = instance;
  const kind = hardware === '' ? [] : [hardware];
  if (state === 'stopped')
    return [...(stopped === undefined ? [] : [`disk ${hourlyText(stopped)}`]), ...kind];
  if (hourlyUsd === null) return kind;
  // In whole minutes, so that the row is not drawn at each look.
  const minutes = since === undefined ? 0 : Math.floor((now - since) / 60_000);
  const soFar =
    minutes > 0 ? [`${durationText(minutes * 60_000)}, ${costText(hourlyUsd * (minutes / 60))}`] : [];
  return [hourlyText(hourlyUsd), ...soFar, ...kind];
}

function costFacts(instance: Instance, now: number): readonly (readonly [name: string, value: string])[] {
  const { hourlyUsd, runningSince: since, stoppedHourlyUsd: stopped } = instance;
  return [
    ['Price', hourlyText(hourlyUsd)],
    ...(stopped === undefined ? [] : [['Disks while it is stopped', hourlyText(stopped)] as const]),
    ...(since === undefined
      ? []
      : [
          ['Runs for', durationText(now - since)] as const,
          [
            'Cost since its start',
            costText(hourlyUsd === null ? null : (hourlyUsd * (now - since)) / 3_600_000),
          ] as const,
        ]),
  ];
}
