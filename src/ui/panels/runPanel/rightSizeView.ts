import type { Finding, FindingKind } from '../../../core/diagnosis/finding';
import { headroom, type Choice, type RightSize, type Taken } from '../../../core/rightSize/rightSize';
import { bytesText, costText, countText, hourlyText } from '../../../core/words';
import type { ChoiceView, Fact, RightSizeView } from '../../../protocol/runPanel';

interface Around {
  readonly nodes: number;
  readonly findings: readonly Finding[];
  readonly now: number;
}

/** The advice in words, for a title that begins with `Right size:`; `undefined` where nothing can be said. */
export function rightSizeView(size: RightSize, around: Around): RightSizeView | undefined {
  switch (size.kind) {
    case 'unknown':
      return undefined;
    case 'needsMachineMemory':
      return {
        title: 'more main memory than its machine has',
        facts: [],
        choices: [],
        warnings: ['Ask for more with resources.memory, or make it need less: the failure card says how.'],
        notes: [],
      };
    default:
      return {
        title: titleOf(size),
        facts: facts(size),
        choices: size.choices.map((choice) => choiceView(choice, around)),
        warnings: warnings(size, around.findings),
        notes: size.choices.length > 0 ? notes : [],
      };
  }
}

type Sized = Exclude<RightSize, { kind: 'unknown' | 'needsMachineMemory' }>;

function titleOf({ kind, gpu, choices: [first] }: Sized): string {
  switch (kind) {
    case 'fits':
      return `${gpu} fits this run`;
    case 'cheaper':
      return `${first?.machine.type ?? ''} would do, for less`;
    case 'wouldDo':
      return first ? 'the least that would do' : `no listed machine would do as well as this ${gpu}`;
    case 'needsMore':
      return first
        ? `more GPU memory than this ${gpu} has`
        : 'more memory than any listed GPU has. Split the model over several (FSDP, ZeRO)';
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
    machine: `${cloud} ${type}`,
    gpus: `${count} × ${gpu}, ${memoryGb} GB`,
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

function warnings(size: Sized, findings: readonly Finding[]): string[] {
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
  ];
}

const notes = [
  `It would take about as long: its GPU is as fast as the share that was used of the present one, and ${Math.round(headroom * 100)} % of its memory is left free above the peak.`,
  'The peak is what the driver counted, with what PyTorch keeps for later.',
  'CPU cores, main memory and disk are not compared. Managed services charge more than these prices.',
];
