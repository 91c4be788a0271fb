import type { Instance } from '../../../core/instance';
import type { Offer } from '../../../core/provider';

/** What it costs to start a machine that is there already. */
export function startOffer(
  instance: Instance,
  { connection, region }: { readonly connection: string; readonly region: string },
): Offer {
  const { hardware = '', hourlyUsd, pricesAsOf = null, spot = false, state, power } = instance;
  const [type = '', gpus] = hardware.replace(' (default)', '').split(' · ');
  const running = state === 'running' || state === 'starting';
  const possible = power === 'start' || running;
  return {
    connection,
    region,
    instanceType: type === '' ? null : type,
    nodes: 1,
    accelerators: gpus?.replace(/^(\d+)×(.+)$/, '$2:$1') ?? null,
    spot,
    hourlyUsd,
    pricesAsOf,
    possible,
    why: possible
      ? running
        ? 'It runs already.'
        : 'It costs this until it is stopped again; its disk is paid for in any case.'
      : `It can’t be started now: ${instance.label} is ${state}.`,
  };
}
