import type { Offer } from '../../core/provider';
import { countText, durationText, hourlyText } from '../../core/words';
import { placeText } from './offerText';

/** Where a job ran before. */
export interface Before {
  /** The job’s name or id, as people know it. */
  readonly name: string;
  readonly offer: Offer;
}

/** What is another way than where the job ran before, a line each; empty where nothing is. */
export function differences({ name, offer: before }: Before, now: Offer): readonly string[] {
  const lines = [
    difference('Place', placeText(before), placeText(now)),
    difference('Nodes', countText(before.nodes, 'node'), countText(now.nodes, 'node')),
    difference(
      'GPUs of a node',
      before.accelerators ?? 'none asked for',
      now.accelerators ?? 'none asked for',
    ),
    difference('Image', before.image ?? noImage, now.image ?? noImage),
    difference('Price', price(before), price(now)),
    difference('Ends by itself', limit(before), limit(now)),
  ].filter((line) => line !== undefined);
  return lines.length === 0 ? [] : [`Other than ${name}, which ran before:`, ...lines];
}

const noImage = 'no container';

function difference(what: string, before: string, now: string): string | undefined {
  return before === now ? undefined : `  ${what}: ${before} → ${now}`;
}

function price({ hourlyUsd, spot }: Offer): string {
  return `${hourlyText(hourlyUsd)}${spot ? ' (spot)' : ''}`;
}

function limit({ stopsAfter }: Offer): string {
  return stopsAfter === undefined ? 'no limit of the platform' : `after ${durationText(stopsAfter * 1000)}`;
}
