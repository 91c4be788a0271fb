import { hourlyText } from '../../core/words';
import { abreast } from '../../lib/abreast';
import { checkMachine, type MachineCheck } from '../../services/machines/machineCheck';
import type { MachineEntry } from '../../services/machines/machines';
import { exitCode } from '../exitCode';
import { switchMachine } from '../switchMachine';
import type { RunnableVerb } from '../verb';

/** Milliseconds that `--check` gives each machine, and how many are checked at once. */
const patience = 5000;
const width = 16;

export const machines: RunnableVerb = {
  usage: 'machines [start MACHINE | stop MACHINE] [--check] [--yes] [--json]',
  summary: 'List the machines to attach to, and start or stop one of a cloud.',
  takes: [0, 2],
  options: { check: { type: 'boolean' }, yes: { type: 'boolean' } },
  help: [
    'start MACHINE, stop MACHINE   by its id or name. Done when the platform says so. Starting says what it costs, and asks',
    '--yes    start without a question',
    '--check  connect to each for 5 s at most, and say whether it answers and which GPUs it has. Asks nothing',
    '--json   [{"id", "label", "hardware", "state", "hourlyUsd", "runningSince", "reachable", "gpus", "problem"}]; what is not known is null.',
    '         Of start and stop: {"id", "state"} at the end',
  ],
  async run(context) {
    const { host, printer, flags, core, positionals } = context;
    const [word, name = ''] = positionals;
    if (word !== undefined) return switchMachine(context, word, name);
    const { entries, troubles } = await (await core()).machines.refresh();
    for (const { label, error } of troubles) host.err.write(`${label}: ${error.message}\n`);
    const checks = new Map<string, MachineCheck>();
    if (flags.check === true) {
      await abreast(width, entries, async ({ instance, machine }) => {
        checks.set(instance.id, await checkMachine(machine, patience, host.interrupted));
      });
    }
    if (flags.json) {
      await printer.json(entries.map((entry) => asJson(entry, checks.get(entry.instance.id))));
    } else if (entries.length === 0) {
      await printer.line(
        'No machines. Those of ~/.ssh/config are listed here, and those of the accounts in: trainyard connections',
      );
    } else {
      const head = ['ID', 'NAME', 'STATE', 'WHAT', 'PRICE', ...(flags.check ? ['GPUS'] : [])];
      await printer.table([head, ...entries.map((entry) => asRow(entry, checks.get(entry.instance.id)))]);
    }
    return exitCode.ok;
  },
};

function asJson({ instance, machine }: MachineEntry, check: MachineCheck | undefined): object {
  return {
    id: instance.id,
    label: instance.label,
    hardware: instance.hardware ?? null,
    state: check?.reachable === true ? 'running' : instance.state,
    hourlyUsd: instance.hourlyUsd,
    runningSince: instance.runningSince ?? null,
    reachable: check?.reachable ?? null,
    gpus: check?.reachable === true ? check.gpus : null,
    problem: check?.reachable === false ? check.why : (machine.status.problem ?? null),
  };
}

function asRow({ instance }: MachineEntry, check: MachineCheck | undefined): string[] {
  const state = check?.reachable === true ? 'running' : instance.state;
  // Of a host its id says it all.
  const label = instance.id.endsWith(`/${instance.label}`) ? '' : instance.label;
  const cells = [instance.id, label, state, instance.hardware ?? '', hourlyText(instance.hourlyUsd)];
  if (check === undefined) return cells;
  return [...cells, check.reachable ? gpuText(check.gpus) : check.why];
}

/** Such as `8×NVIDIA H100`; `none` is what the machine says. */
function gpuText(gpus: readonly string[]): string {
  const kinds = [...new Set(gpus)];
  if (kinds.length === 0) return 'none';
  return kinds.map((kind) => `${gpus.filter((gpu) => gpu === kind).length}×${kind}`).join(', ');
}
