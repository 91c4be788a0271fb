import { z } from 'zod';

/** Seconds from `90`, `'90s'`, `'30m'`, `'2h'` or `'1d'`. */
export function parseDuration(value: string | number): number | undefined {
  if (typeof value === 'number') return value > 0 ? value : undefined;
  const match = /^([0-9]+(?:\.[0-9]+)?)([smhd]?)$/.exec(value.trim());
  if (!match) return undefined;
  const seconds = Number(match[1]) * unitSeconds[(match[2] ?? '') as keyof typeof unitSeconds];
  return seconds > 0 ? seconds : undefined;
}

const unitSeconds = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 } as const;

const duration = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const seconds = parseDuration(value);
    if (seconds !== undefined) return seconds;
    context.addIssue({ code: 'custom', message: 'Expected a duration such as 90s, 30m, 2h or 1d' });
    return z.NEVER;
  })
  .meta({
    description: 'A duration: `90s`, `30m`, `2h`, `1d`, or seconds as a number.',
    examples: ['30m', '2h', '1d'],
  });

export const trainyardSection = z.strictObject({
  outputs: z.record(z.string(), z.string()).optional(),
  metrics: z.array(z.strictObject({ name: z.string(), regex: z.string() })).optional(),
  register: z.strictObject({ model: z.string(), path: z.string() }).optional(),
  guardrails: z
    .strictObject({
      max_duration: duration.optional(),
      max_cost: z.number().positive().optional(),
      idle_gpu: z.strictObject({ below: z.number().min(0).max(100), for: duration }).optional(),
    })
    .optional(),
  checkpoint: z.strictObject({ path: z.string() }).optional(),
  retry: z
    .strictObject({
      max_restarts: z.int().min(0),
      on: z.array(z.enum(['spot_interruption', 'node_failure', 'job_failure'])),
    })
    .optional(),
  aws: z.record(z.string(), z.unknown()).optional(),
  azure: z.record(z.string(), z.unknown()).optional(),
  gcp: z.record(z.string(), z.unknown()).optional(),
});

/** What Trainyard adds to SkyPilot's format. Durations are in seconds. */
export type TrainyardSection = z.output<typeof trainyardSection>;
