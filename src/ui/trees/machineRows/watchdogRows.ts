import type { WatchdogState } from '../../../core/watchdog/watchdogState';
import { durationText } from '../../../core/words';
import type { Watchdogs } from '../../../services/watchdog/watchdogs';
import { dueText, watchdogText } from '../../watchdog/watchdogTexts';
import { oneLine } from '../markdown';
import type { Row, RowIcon } from '../row';
import type { MachinePart } from './machinePart';

/** When a machine stops by itself, and why not yet. */
export function watchdogPart(watchdogs: Watchdogs): MachinePart {
  return {
    words: ({ machine }) => watchdogWords(watchdogs.of(machine.id), Date.now()),
    facts: ({ machine }) => {
      const state = watchdogs.of(machine.id);
      return state ? [['Watchdog', watchdogText(state, Date.now())]] : [];
    },
    rows: ({ machine }) => {
      const state = machine.status.state === 'attached' ? watchdogs.of(machine.id) : undefined;
      return state ? [{ row: watchdogRow(machine.id, state, Date.now()) }] : [];
    },
    onDidChange: watchdogs.onDidChange,
  };
}

/** On the machine's own line: only what one would want to know of it at a glance. */
export function watchdogWords(state: WatchdogState | undefined, now: number): readonly string[] {
  if (state?.armed !== true) return [];
  if (state.failure !== undefined) return ['stop failed'];
  if (state.stale || state.problem !== undefined) return ['watchdog does not look'];
  return state.stopsAt === undefined ? [] : [dueText(state.stopsAt, now)];
}

export function watchdogRow(machine: string, state: WatchdogState, now: number): Row {
  const text = watchdogText(state, now);
  return {
    id: 'watchdog',
    label: 'Watchdog',
    description: oneLine(text),
    icon: iconOf(state),
    contextValue: state.armed ? 'watchdog armed' : 'watchdog unarmed',
    tooltip: { title: 'Watchdog', facts: [...factsOf(state, now)] },
    command: state.armed
      ? { command: 'trainyard.watchdog.showLog', title: 'Show Watchdog Log', arguments: [machine] }
      : { command: 'trainyard.watchdog.arm', title: 'Arm Watchdog…', arguments: [machine] },
  };
}

function iconOf(state: WatchdogState): RowIcon {
  if (!state.armed) return { id: 'shield', color: 'disabledForeground' };
  if (state.failure !== undefined || state.stale || state.problem !== undefined)
    return { id: 'warning', color: 'list.warningForeground' };
  if (state.warned) return { id: 'watch', color: 'charts.orange' };
  return { id: 'shield', color: 'charts.green' };
}

function* factsOf(state: WatchdogState, now: number): Iterable<readonly [string, string]> {
  yield ['State', watchdogText(state, now)];
  if (!state.armed) return;
  yield ['Idle limit', state.idleMinutes === null ? 'none' : `${state.idleMinutes} min`];
  yield [
    'Longest life',
    state.maxLifetimeHours === null ? 'none' : durationText(state.maxLifetimeHours * 3_600_000),
  ];
  if (state.keptBy.length > 0) yield ['In use', state.keptBy.join(', ')];
  yield [
    'Last look',
    state.lookedAt === undefined ? 'none since the machine was started' : timeText(state.lookedAt),
  ];
  yield ['Kept running by', keepers[state.keeper]];
  if (state.failure !== undefined) yield [`Failed stops (${state.failures})`, state.failure];
}

const keepers: Record<WatchdogState['keeper'], string> = {
  systemd: 'your own systemd',
  cron: 'cron',
  loop: 'itself: a restart of the machine ends it',
};

function timeText(at: number): string {
  return new Date(at).toLocaleString();
}
