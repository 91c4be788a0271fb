import type { Offer } from '../../core/provider';
import { countText, durationText } from '../../core/words';
import { placeText, priceText } from './offerText';

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
    difference('Image', imageText(before), imageText(now)),
    difference('Price', priceText(before), priceText(now)),
    difference('Ends by itself', limit(before), limit(now)),
  ].filter((line) => line !== undefined);
  return lines.length === 0 ? [] : ['', `Other than ${name}, which ran before:`, ...lines];
}

/** Without its registry, which is as long as the name and says less. */
function imageText({ image }: Offer): string {
  return image?.split('/').at(-1) ?? 'no container';
}

function difference(what: string, before: string, now: string): string | undefined {
  return before === now ? undefined : `• ${what}: ${before} → ${now}`;
}

function limit({ stopsAfter }: Offer): string {
  return stopsAfter === undefined ? 'no limit of the platform' : `after ${durationText(stopsAfter * 1000)}`;
}
