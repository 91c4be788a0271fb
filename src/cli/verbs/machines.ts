import { hourlyText } from '../../core/words';
import { abreast } from '../../lib/abreast';
import { checkMachine, type MachineCheck } from '../../services/machines/machineCheck';
import type { MachineEntry } from '../../services/machines/machines';
import { CliError, exitCode } from '../exitCode';
import { machineIdle } from '../machineIdle';
import { launchMachine } from '../machineLaunch';
import { switchMachine } from '../switchMachine';
import type { RunnableVerb } from '../verb';

/** Milliseconds that `--check` gives each machine, and how many are checked at once. */
const patience = 5000;
const width = 16;

export const machines: RunnableVerb = {
  usage:
    'machines [start MACHINE | stop MACHINE | idle MACHINE [MINUTES | off] | launch] [--check] [--yes] [--json]',
  summary: 'List the machines to attach to, and start, stop or launch one of a cloud.',
  takes: [0, 3],
  options: {
    check: { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
    type: { type: 'string' },
    template: { type: 'string' },
    spot: { type: 'boolean' },
    hours: { type: 'string' },
    name: { type: 'string' },
    on: { type: 'string' },
  },
  help: [
    'start MACHINE, stop MACHINE   by its id or name. Done when the platform says so. Starting says what it costs, and asks',
    'idle MACHINE        says what stops it when nobody uses it. Of SageMaker’s Studio spaces and notebook instances',
    '  MINUTES | off     sets that, or turns it off. Of the others the watchdog does it, which is armed in the editor',
    'launch              makes a new one. Says what it costs, and asks',
    '  --type TYPE       such as g5.xlarge, with the usual image, disk, key and network',
    '  --template NAME   from a launch template, in place of --type',
    '  --spot            as a spot instance',
    '  --hours N|none    after so long it powers itself off in any case. 8 when left out',
    '  --name NAME       what it is called. The type when left out',
    '  --on CONNECTION   where, such as aws/us-east-1. Needed where several launch machines',
    '--yes    start or launch without a question',
    '--check  connect to each for 5 s at most, and say whether it answers and which GPUs it has. Asks nothing',
    '--json   [{"id", "label", "hardware", "state", "hourlyUsd", "runningSince", "reachable", "gpus", "problem"}]; what is not known is null.',
    '         Of start, stop and launch: {"id", "state"} at the end; of idle: {"id", "minutes", "stops", "now"}',
  ],
  async run(context) {
    const { host, printer, flags, core, positionals } = context;
    const [word, name = '', minutes] = positionals;
    if (word === 'launch') return launchMachine(context);
    if (word === 'idle') return machineIdle(context, name, minutes);
    if (word !== undefined && minutes !== undefined)
      throw new CliError(exitCode.badInput, `That is one word too many: ${minutes}`);
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
