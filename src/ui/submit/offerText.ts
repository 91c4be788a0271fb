import type { Offer } from '../../core/provider';
import { countText, hourlyText } from '../../core/words';

/** Where it would run: `local`, `aws/us-east-1 · p4d.24xlarge`. */
export function placeText(offer: Offer): string {
  const region = offer.region !== null && !offer.connection.includes(offer.region) ? [offer.region] : [];
  return [offer.connection, ...region, ...(offer.instanceType === null ? [] : [offer.instanceType])].join(
    ' · ',
  );
}

/** On what and for how much: `2 nodes · A100:8 each · $21.96/h (spot)`. */
export function sizeText(offer: Offer): string {
  const each = offer.nodes > 1 ? ' each' : '';
  return [
    countText(offer.nodes, 'node'),
    ...(offer.accelerators === null ? [] : [`${offer.accelerators}${each}`]),
    `${hourlyText(offer.hourlyUsd)}${offer.spot ? ' (spot)' : ''}`,
    ...(offer.pricesAsOf === null ? [] : [`prices of ${offer.pricesAsOf}`]),
  ].join(' · ');
}

/** A triangle in the text's own font, not as an emoji. */
const play = '▶\ufe0e';

/** The title of the CodeLens that submits; one that leads to a refusal says so. */
export function lensTitle(offers: readonly Offer[]): string {
  const possible = offers.filter((offer) => offer.possible);
  const [first] = possible;
  if (!first) return offers.length > 0 ? 'Nothing can run this job now…' : `${play} Submit…`;
  if (possible.length === 1) return `${play} Submit to ${placeText(first)} · ${sizeText(first)}`;
  return `${play} Submit… · ${possible.length} places from ${hourlyText(first.hourlyUsd)}`;
}
