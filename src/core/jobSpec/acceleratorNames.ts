/** Memory in GB of the accelerators that clouds offer, by SkyPilot's names, and who makes them. */
const accelerators: readonly (readonly [name: string, memoryGb: number, manufacturer: string])[] = [
  ['A10', 24, 'NVIDIA'],
  ['A100', 40, 'NVIDIA'],
  ['A100-80GB', 80, 'NVIDIA'],
  ['A100-80GB-SXM', 80, 'NVIDIA'],
  ['A10G', 24, 'NVIDIA'],
  ['A40', 48, 'NVIDIA'],
  ['B200', 192, 'NVIDIA'],
  ['GH200', 96, 'NVIDIA'],
  ['H100', 80, 'NVIDIA'],
  ['H100-MEGA', 80, 'NVIDIA'],
  ['H100-SXM', 80, 'NVIDIA'],
  ['H200', 141, 'NVIDIA'],
  ['K80', 12, 'NVIDIA'],
  ['L4', 24, 'NVIDIA'],
  ['L40', 48, 'NVIDIA'],
  ['L40S', 48, 'NVIDIA'],
  ['M60', 8, 'NVIDIA'],
  ['MI300X', 192, 'AMD'],
  ['P100', 16, 'NVIDIA'],
  ['P4', 8, 'NVIDIA'],
  ['RTX4090', 24, 'NVIDIA'],
  ['RTXA6000', 48, 'NVIDIA'],
  ['Radeon MI25', 16, 'AMD'],
  ['T4', 16, 'NVIDIA'],
  ['T4g', 16, 'NVIDIA'],
  ['V100', 16, 'NVIDIA'],
  ['V100-32GB', 32, 'NVIDIA'],
];

/** For completion. Any other name is as good. */
export const acceleratorNames: readonly string[] = accelerators.map(([name]) => name);

/**
 * Names with `memoryGb`, or at least that when `orMore`. SkyPilot looks these up in a list that it downloads, so a
 * file that asks by memory can mean a few more devices there.
 */
export function acceleratorsByMemory(
  memoryGb: number,
  orMore: boolean,
  manufacturer?: string,
): readonly string[] {
  return accelerators
    .filter(([, memory]) => (orMore ? memory >= memoryGb : memory === memoryGb))
    .filter(([, , maker]) => manufacturer === undefined || maker.toLowerCase() === manufacturer.toLowerCase())
    .map(([name]) => name);
}
