import type { Offer } from './provider';

declare const approved: unique symbol;

/**
 * Proof that the guard judged this spend and, where it asked to, a person agreed. Only `approve` makes one, so that a
 * call that starts a bill does not compile without having come through here.
 */
export interface SpendApproval<Spec> {
  readonly [approved]: true;
  readonly spec: Spec;
  readonly offer: Offer;
}

/** What may be spent. Absent limits do not limit. A repository's `guardrails.yaml` and the settings both fill it; the stricter wins. */
export interface SpendPolicy {
  readonly maxHourlyUsd?: number | undefined;
}

export type Verdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'ask'; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string };

/** Judges one offer. A price that is unknown, or no price at all, is a reason to ask and never a free pass. */
export function judge(policy: SpendPolicy, offer: Offer): Verdict {
  if (!offer.possible) return { kind: 'refuse', why: offer.why };
  if (offer.hourlyUsd === null || !(offer.hourlyUsd >= 0))
    return { kind: 'ask', why: 'Its price is not known.' };
  const limit = policy.maxHourlyUsd;
  if (limit !== undefined && offer.hourlyUsd > limit) {
    return {
      kind: 'refuse',
      why: `It costs $${offer.hourlyUsd.toFixed(2)}/h, over the limit of $${limit.toFixed(2)}/h. Raise the limit or choose a cheaper machine.`,
    };
  }
  if (offer.hourlyUsd > 0) return { kind: 'ask', why: `It costs $${offer.hourlyUsd.toFixed(2)}/h.` };
  return { kind: 'allow' };
}

/** A person's answer to an `ask`; `true` only when they agreed to this very offer. */
export type Consent = (verdict: Verdict, offer: Offer) => Promise<boolean>;

/**
 * The only maker of approvals: judges, asks where the verdict says so, and returns `undefined` when the person
 * declined. A refusal is returned as its verdict.
 */
export async function approve<Spec>(
  policy: SpendPolicy,
  spec: Spec,
  offer: Offer,
  consent: Consent,
): Promise<SpendApproval<Spec> | Extract<Verdict, { kind: 'refuse' }> | undefined> {
  const verdict = judge(policy, offer);
  if (verdict.kind === 'refuse') return verdict;
  if (!(await consent(verdict, offer))) return undefined;
  return { spec, offer } as SpendApproval<Spec>;
}
