import type { Field } from './field';
import type { Autostop, Hook } from './jobSpec';

const minutesPerUnit: Record<string, number> = { '': 1, m: 1, h: 60, d: 1440, w: 10_080 };
const allEvents = ['stop', 'preemption', 'down'];
const defaultTimeout = 3600;

/** The schema has been checked; `null` for a value that SkyPilot takes and overlooks. */
export function readAutostop(field: Field): Autostop | null {
  const on = { enabled: true, idle_minutes: 0, down: false, wait_for: null };
  if (field.bool !== undefined) return { ...on, enabled: field.bool };
  if (field.int !== undefined) return { ...on, idle_minutes: field.int };
  if (field.string !== undefined) {
    const match = /^([0-9]+)([a-z]?)$/.exec(field.string.toLowerCase());
    return { ...on, idle_minutes: Number(match?.[1]) * (minutesPerUnit[match?.[2] ?? ''] ?? 1) };
  }
  if (field.kind !== 'map') return null;
  return {
    enabled: true,
    idle_minutes: (field.get('idle_minutes')?.plain as number | undefined) ?? 0,
    down: field.get('down')?.bool ?? false,
    wait_for: (field.get('wait_for')?.string?.toLowerCase() as Autostop['wait_for'] | undefined) ?? null,
  };
}

/** The hooks of `config.hooks` and the one that `autostop.hook`, the old way, asks for. */
export function readHooks(hooks: Field | undefined, autostop: Field | undefined): readonly Hook[] | null {
  const collected = (hooks?.items() ?? []).map(readHook);
  const legacy = autostop?.get('hook')?.string;
  if (legacy !== undefined) {
    collected.push({
      run: legacy,
      events: [autostop?.get('down')?.bool ? 'down' : 'stop'],
      timeout: (autostop?.get('hook_timeout')?.plain as number | undefined) ?? defaultTimeout,
    });
  }
  return collected.length > 0 ? collected : null;
}

function readHook(hook: Field): Hook {
  const events =
    hook
      .get('events')
      ?.items()
      .map((event) => event.text) ?? [];
  return {
    run: hook.get('run')?.string ?? '',
    events: events.length > 0 ? events : allEvents,
    timeout: (hook.get('timeout')?.plain as number | undefined) ?? defaultTimeout,
  };
}
