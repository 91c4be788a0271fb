import type { Finding, FindingKind } from '../../core/diagnosis/finding';
import { headroom, type Choice, type RightSize, type Taken } from '../../core/rightSize/rightSize';
import { bytesText, costText, countText, hourlyText } from '../../core/words';
import type { ChoiceView, Fact, RightSizeView } from '../../protocol/runPanel';

interface Around {
  readonly nodes: number;
  readonly findings: readonly Finding[];
  readonly now: number;
}

/** The advice in words; `undefined` where nothing can be said. */
export function rightSizeView(size: RightSize, around: Around): RightSizeView | undefined {
  switch (size.kind) {
    case 'unknown':
      return undefined;
    case 'needsMachineMemory':
      return {
        title: 'This run needs more memory than its machine has',
        facts: [],
        choices: [],
        notes: ['Ask for more with resources.memory, or make it need less: see what the failure card says.'],
      };
    default:
      return {
        title: titleOf(size),
        facts: facts(size),
        choices: size.choices.map((choice) => choiceView(choice, around)),
        notes: notes(size, around.findings),
      };
  }
}

type Sized = Exclude<RightSize, { kind: 'unknown' | 'needsMachineMemory' }>;

function titleOf(size: Sized): string {
  const [first] = size.choices;
  switch (size.kind) {
    case 'fits':
      return `${size.gpu} fits this run`;
    case 'cheaper':
      return `A cheaper machine would do: ${first?.machine.type ?? ''}`;
    case 'wouldDo':
      return first ? 'The least that would do' : `No listed machine would do as well as this ${size.gpu}`;
    case 'needsMore':
      return first
        ? `This run needs a GPU with more memory than this ${size.gpu} has`
        : 'This run needs more memory than any listed GPU has: split the model over several (FSDP, ZeRO)';
  }
}

function facts({ peakMemory, memTotal, p95, used, there }: Taken): Fact[] {
  const share = Math.round((100 * peakMemory) / memTotal);
  return [
    { name: 'Peak GPU memory', value: `${bytesText(peakMemory)} of ${bytesText(memTotal)} (${share} %)` },
    { name: 'GPU use, p95', value: `${p95} %` },
    ...(used < there ? [{ name: 'GPUs used', value: `${used} of ${there}` }] : []),
  ];
}

function choiceView({ machine, saves, caveats }: Choice, { nodes, now }: Around): ChoiceView {
  const { cloud, type, gpu, count, memoryGb, hourlyUsd, region, pricesAsOf } = machine;
  const each = nodes > 1 ? ` for each of ${nodes} nodes` : '';
  return {
    machine: `${cloud} ${type}: ${count} × ${gpu}, ${memoryGb} GB`,
    price: `≈ ${hourlyText(hourlyUsd)}${each}, list price of ${region}, ${pricesAsOf} (${ageText(pricesAsOf, now)})`,
    ...(saves && {
      saves: `saves ≈ ${hourlyText(saves.perHour)}, ≈ ${costText(saves.perRun)} for a run like this`,
    }),
    caveats,
  };
}

/** `12 days old`. A clock that is behind the list has no age to tell. */
function ageText(isoDate: string, now: number): string {
  const days = Math.floor((now - Date.parse(isoDate)) / 86_400_000);
  return days < 1 ? 'new' : `${countText(days, 'day')} old`;
}

/** What held the GPUs up, by which a lower use is not the GPU's own. */
const heldUp: Readonly<Partial<Record<FindingKind, string>>> = {
  inputBound: 'input',
  ioBound: 'the disk',
  networkBound: 'the network',
  checkpointing: 'checkpoints',
};

function notes(size: Sized, findings: readonly Finding[]): string[] {
  const waits = findings.map(({ kind }) => heldUp[kind]).filter((what) => what !== undefined);
  return [
    ...(waits.length > 0 && size.choices.length > 0
      ? [
          `The GPU waited for ${waits.join(' and ')}. Once that is mended it is used more, and the right size is another.`,
        ]
      : []),
    ...(size.kind === 'fits' && size.peakMemory > size.memTotal * (1 - headroom)
      ? ['Little memory is left: a larger batch or a longer sample may not fit.']
      : []),
    ...(size.choices.length > 0
      ? [
          `${Math.round(headroom * 100)} % of memory is kept free above the peak, which is what the driver counted, with what PyTorch keeps for later.`,
          'CPU cores, main memory and disk of the types are not compared. Managed services charge more than these prices.',
        ]
      : []),
  ];
}
