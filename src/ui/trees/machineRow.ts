import type { InstanceState } from '../../core/instance';
import type { MachineState } from '../../core/machine';
import { agoText } from '../../core/words';
import type { MachineEntry } from '../../services/machines/machines';
import { machineContextValue } from './machineAbilities';
import { oneLine, shortName } from './markdown';
import type { MachinePart } from './machineRows/machinePart';
import type { Row, RowIcon, Tooltip } from './row';

/** A shape of its own for each state, and a theme colour. Only what lasts seconds spins. */
const connectedIcon: Record<Exclude<MachineState, 'detached'>, Required<RowIcon>> = {
  attaching: { id: 'loading~spin', color: 'charts.blue' },
  attached: { id: 'vm-active', color: 'charts.green' },
  reconnecting: { id: 'debug-disconnect', color: 'charts.orange' },
};
const detachedIcon: Record<InstanceState, Required<RowIcon>> = {
  unknown: { id: 'vm-outline', color: 'disabledForeground' },
  running: { id: 'vm-running', color: 'charts.blue' },
  starting: { id: 'loading~spin', color: 'charts.blue' },
  stopping: { id: 'loading~spin', color: 'charts.orange' },
  stopped: { id: 'circle-slash', color: 'disabledForeground' },
};
const problemIcon: RowIcon = { id: 'warning', color: 'list.warningForeground' };

/** What the platform says where that is worth a word: a host that is just not attached needs none. */
const instanceWord: Record<InstanceState, string | undefined> = {
  unknown: undefined,
  running: undefined,
  starting: 'starting',
  stopping: 'stopping',
  stopped: 'stopped',
};

export function machineRow(entry: MachineEntry, parts: readonly MachinePart[], now: number): Row {
  const { instance, machine } = entry;
  const description = machineDescription(entry, parts);
  return {
    id: `machine/${instance.id}`,
    label: shortName(instance.label),
    name: oneLine(instance.label),
    ...(description !== '' && { description: oneLine(description) }),
    icon: machineIcon(entry),
    tooltip: machineTooltip(entry, parts, now),
    contextValue: machineContextValue(entry),
    ...(hasRows(entry, parts) && {
      children: machine.status.state === 'attached' ? ('expanded' as const) : ('collapsed' as const),
    }),
  };
}

/** What one wants to know now, most important first. */
export function machineDescription(entry: MachineEntry, parts: readonly MachinePart[]): string {
  const { instance, machine } = entry;
  const { state, problem } = machine.status;
  const words = parts.flatMap((part) => part.words?.(entry) ?? []);
  const instanceWords = [instanceWord[instance.state]].filter((word) => word !== undefined);
  switch (state) {
    case 'detached':
      return problem === undefined ? join([...instanceWords, ...words]) : withoutName(problem, entry);
    case 'attaching':
      return 'attaching…';
    case 'attached':
      return join(words) || 'attached';
    case 'reconnecting':
      // A machine that its platform stops is lost first.
      if (instanceWords.length > 0) return join(instanceWords);
      return join(['reconnecting', ...(problem === undefined ? [] : [problem])]);
  }
}

export function machineIcon({ instance, machine }: MachineEntry): RowIcon {
  const { state, problem } = machine.status;
  if (state !== 'detached') return connectedIcon[state];
  return problem === undefined ? detachedIcon[instance.state] : problemIcon;
}

/** Why a machine is not attached, with what mends it: a click attaches. */
export function problemRow(entry: MachineEntry): Row {
  const { machine } = entry;
  const { problem = '' } = machine.status;
  return {
    id: `problem/${machine.id}`,
    label: 'Attach again',
    description: oneLine(withoutName(problem, entry), 500),
    icon: problemIcon,
    contextValue: 'machineProblem',
    tooltip: { title: machine.label, facts: [['Why', oneLine(problem, 500)]] },
    command: { command: 'trainyard.machine.attach', title: 'Attach', arguments: [machine.id] },
  };
}

/** Its name stands in front or above already, and the reason has little room. */
function withoutName(problem: string, { instance }: MachineEntry): string {
  return problem.replace(`Can’t connect to ${instance.label}: `, '');
}

/** Whether there is anything to see below it. */
function hasRows(entry: MachineEntry, parts: readonly MachinePart[]): boolean {
  const { state, problem } = entry.machine.status;
  if (state === 'attached' || state === 'reconnecting' || problem !== undefined) return true;
  return parts.some((part) => (part.rows?.(entry) ?? []).length > 0);
}

function machineTooltip(entry: MachineEntry, parts: readonly MachinePart[], now: number): Tooltip {
  const { instance, machine } = entry;
  const { state, since, problem } = machine.status;
  const time = `${new Date(since).toLocaleString()} (${agoText(since, now)})`;
  const link = (title: string, command: string) => ({ title, command, arguments: [machine.id] });
  return {
    title: instance.label,
    facts: [
      ['State', instance.state === 'unknown' ? state : `${instance.state}, ${state}`],
      ...(since > 0 && state !== 'detached' ? [['Since', time] as const] : []),
      ...(problem === undefined ? [] : [['Problem', problem] as const]),
      ...instance.facts,
      ...parts.flatMap((part) => part.facts?.(entry) ?? []),
    ],
    links: [
      ...(instance.power === 'start' ? [link('Start…', 'trainyard.machine.start')] : []),
      ...(instance.hasPage === true ? [link('Open Page', 'trainyard.machine.openPage')] : []),
      ...(instance.attachable === false
        ? []
        : [
            ...(state === 'detached' ? [link('Attach', 'trainyard.machine.attach')] : []),
            link('Open Terminal', 'trainyard.machine.openTerminal'),
            link('Forward Port…', 'trainyard.machine.forwardPort'),
          ]),
    ],
  };
}

function join(parts: readonly string[]): string {
  return parts.join(' · ');
}
