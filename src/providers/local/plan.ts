import { messageOf } from '../../core/errors';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import type { Offer } from '../../core/provider';
import type { ProviderContext } from '../context';
import { fit } from '../launched/fit';
import { machine } from './hardware';
import { findShell } from './shell';

/** One offer: this computer, at the price that the settings give it. */
export async function plan(
  { setting }: ProviderContext,
  spec: JobSpec,
  signal: AbortSignal,
): Promise<readonly Offer[]> {
  const nodeUsd = setting('trainyard.local.hourlyUsd');
  const offer: Omit<Offer, 'possible' | 'why'> = {
    connection: 'local',
    region: null,
    instanceType: null,
    nodes: spec.num_nodes,
    accelerators: null,
    spot: false,
    hourlyUsd: nodeUsd * spec.num_nodes,
    pricesAsOf: null,
  };
  try {
    findShell(setting('trainyard.local.shell'));
  } catch (error) {
    return [{ ...offer, possible: false, why: messageOf(error) }];
  }
  const found = fit(
    spec,
    'local',
    [{ name: 'this computer', nodes: spec.num_nodes, hardware: await machine(signal) }],
    nodeUsd,
  );
  if ('why' in found) return [{ ...offer, possible: false, why: found.why }];
  const [accelerator] = Object.entries(found.candidate.accelerators ?? {});
  return [
    {
      ...offer,
      ...(accelerator && { accelerators: accelerator.join(':') }),
      possible: true,
      why: found.notes.join(' '),
    },
  ];
}
