import type { Offer } from '../../core/provider';
import { countText, hourlyText } from '../../core/words';

/** Where it would run: `local`, `aws/us-east-1 · p4d.24xlarge`. */
export function placeText(offer: Offer): string {
  const region = offer.region !== null && !offer.connection.includes(offer.region) ? [offer.region] : [];
  return [offer.connection, ...region, ...(offer.instanceType === null ? [] : [offer.instanceType])].join(
    ' · ',
  );
}

/** On what and for how much: `2 nodes · A100:8 each · at most $21.96/h (spot)`. */
export function sizeText(offer: Offer): string {
  const each = offer.nodes > 1 ? ' each' : '';
  return [
    countText(offer.nodes, 'node'),
    ...(offer.accelerators === null ? [] : [`${offer.accelerators}${each}`]),
    priceText(offer),
    ...(offer.pricesAsOf === null ? [] : [`prices of ${offer.pricesAsOf}`]),
  ].join(' · ');
}

/** Spot is offered at the price on demand, as its own is known only afterwards. */
export function priceText({ hourlyUsd, spot }: Offer): string {
  const price = hourlyText(hourlyUsd);
  if (!spot) return price;
  return `${hourlyUsd === null ? '' : 'at most '}${price} (spot)`;
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
