import { ProviderError } from '../../../core/errors';
import type { ReadSetting } from '../../../core/settings';

/**
 * What a host costs in USD per hour while it runs; `null` where the setting does not name it. Throws `ProviderError` of kind
 * `invalid` for a value that is no price: a price that is mistyped must not quietly be none.
 */
export function hostPrice(setting: ReadSetting, alias: string): number | null {
  const prices: unknown = setting('trainyard.ssh.hourlyUsd');
  if (typeof prices !== 'object' || prices === null || Array.isArray(prices))
    throw wrong('the setting is not an object');
  if (!Object.hasOwn(prices, alias)) return null;
  const price = (prices as Record<string, unknown>)[alias];
  if (typeof price !== 'number' || !Number.isFinite(price) || price < 0)
    throw wrong(`this is no price for ${alias}`);
  return price;
}

function wrong(why: string): ProviderError {
  return new ProviderError(
    'invalid',
    `Prices of SSH hosts are USD per hour; ${why}. Change trainyard.ssh.hourlyUsd`,
  );
}
