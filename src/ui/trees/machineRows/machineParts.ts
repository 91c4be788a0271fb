import type { Core } from '../../../services/core';
import { gpuPart } from './gpuRows';
import { kernelPart } from './kernelRows';
import { machineJobPart } from './machineJobRows';
import type { MachinePart } from './machinePart';
import { portPart } from './portRows';
import { pricePart } from './pricePart';
import { watchdogPart } from './watchdogRows';

/** What stands on a machine's line and below it, in this order. */
export function machineParts(core: Core): readonly MachinePart[] {
  return [
    gpuPart(core.samples),
    pricePart,
    kernelPart(core.notebooks),
    portPart(core.ports),
    machineJobPart(core.jobs),
    watchdogPart(core.watchdogs),
  ];
}
