import { ProviderError } from '../../../../core/errors';
import type { Candidate, JobSpec } from '../../../../core/jobSpec/jobSpec';
import type { Offer } from '../../../../core/provider';
import { noOffer } from '../../../../core/noOffer';
import { fittingTypes } from '../../types/fitting';
import { factsOf, type Facts, type FactSources } from '../facts';
import { offerOf } from './offer';
import { isForHere } from './places';
import { quotaFit } from './quotaFit';

/** Of each candidate: the cheapest that can, or else the cheapest that can't, with the reason. */
const mostOffers = 5;
const mostRefused = 3;

/** The SageMaker types that do, with their prices, cheapest first. Starts nothing; asks AWS once a day. */
export async function plan(
  parts: FactSources,
  spec: JobSpec,
  signal: AbortSignal,
): Promise<readonly Offer[]> {
  const { account } = parts;
  const candidates = spec.resources.candidates.filter((candidate) => isForHere(candidate, account));
  const [elsewhere] = spec.resources.candidates;
  if (candidates.length === 0)
    return [noOffer(account, spec, `The job file asks for ${elsewhere?.infra ?? elsewhere?.cloud ?? ''}.`)];
  const facts = await factsOf(parts, signal);
  if (facts instanceof ProviderError) return [noOffer(account, spec, facts.message)];
  const lists = await Promise.all(
    candidates.map((candidate) => candidateOffers(parts, spec, candidate, facts, signal)),
  );
  if (spec.resources.mode !== 'ordered') return distinct(lists.flat());
  // Of choices in order only the first that can be had counts, whatever the others cost.
  return lists.find((offers) => offers.some(({ possible }) => possible)) ?? distinct(lists.flat());
}

async function candidateOffers(
  { account, quotas }: FactSources,
  spec: JobSpec,
  candidate: Candidate,
  facts: Facts,
  signal: AbortSignal,
): Promise<readonly Offer[]> {
  const types = fittingTypes(candidate);
  if ('why' in types) return [noOffer(account, spec, types.why)];
  const offers = types
    .map((type) => ({ type, offer: offerOf(spec, candidate, type, account, facts) }))
    .flatMap(({ type, offer }) => (offer ? [{ type, offer }] : []))
    .sort((a, b) => (a.offer.hourlyUsd ?? Infinity) - (b.offer.hourlyUsd ?? Infinity));
  const possible: Offer[] = [];
  const refused: Offer[] = [];
  for (const { offer } of offers) {
    if (possible.length === mostOffers) break;
    if (!offer.possible) {
      refused.push(offer);
      continue;
    }
    const { fits, note } = await quotaFit(spec, offer, facts, quotas, refused.length < mostRefused, signal);
    if (fits) possible.push({ ...offer, why: `${offer.why} ${note}`.trim() });
    else refused.push({ ...offer, possible: false, why: note });
  }
  if (possible.length > 0) return possible;
  if (refused.length > 0) return refused.slice(0, mostRefused);
  return [noOffer(account, spec, `SageMaker has no such machine in ${account.region}.`)];
}

/** Several candidates may come to the same type; reasons that are the same are said once. */
function distinct(offers: readonly Offer[]): readonly Offer[] {
  const known = new Set<string>();
  return offers.filter(({ instanceType, spot, why }) => {
    const key = instanceType === null ? why : `${instanceType} ${spot}`;
    return !known.has(key) && known.add(key);
  });
}
