import { parseAmdJson } from './amdJson';
import {
  hostLoadValues,
  type GpuLoad,
  type GpuProcess,
  type GpuTool,
  type HostLoad,
  type HostLoadValue,
  type LoggedIn,
  type MachineLoad,
  type ProcessDetail,
} from './machineLoad';
import { parseComputeApp, parseGpuRow, parseListed, type NvidiaApp, type NvidiaRow } from './nvidiaRows';
import { sameProgram } from './sameProgram';
import { monitoredProcesses } from './smiTable';
import { isMeasurement } from '../telemetry';

const mostGpus = 256;
const mostProcesses = 2000;
const mostUsers = 100;
const mostCores = 4096;
/** A GPU's values count for so many samples: its tool and the sampler each keep their own time. */
const rowSamples = 3;
/** Year 2100. */
const latestTime = 4_102_444_800_000;

interface Row extends NvidiaRow {
  readonly t: number;
  /** Number of the sample that it came with. */
  readonly sample: number;
}

/** A process as one of the tool's two ways of listing them tells it. */
type App = Omit<NvidiaApp, 'uuid'> & { readonly uuid?: string; readonly gpu?: number };

/**
 * Reads the stream of `remote/machine.sh`, whose format is at the top of `remote/machine.awk`, line by line. It may begin anywhere
 * and hold anything: what can't be read is passed over, and all that is kept is bounded.
 */
export class LoadReader {
  /** The newest complete sample. */
  load: MachineLoad | undefined;
  private about: Pick<HostLoad, 'name' | 'system'> = {};
  private cardFields: readonly string[] = [];
  private rowFields: readonly string[] = [];
  private readonly cards = new Map<number, NvidiaRow>();
  private readonly instances = new Map<number, string[]>();
  private readonly rows = new Map<number, Row>();
  private listed: number | undefined;
  private tool: GpuTool = { state: 'asked' };
  private words = '';
  private apps: App[] | undefined;
  /** The names of pmon's columns, as it prints them. */
  private columns = '';
  private readonly details = new Map<number, ProcessDetail>();
  private users: LoggedIn[] = [];
  private host: { readonly t: number; readonly host: HostLoad } | undefined;
  private samples = 0;

  /** Whether the line completed a sample. */
  take(line: string): boolean {
    const tag = line[0] ?? '';
    if (tag === '.') return this.complete();
    const read = Object.hasOwn(this.readers, tag)
      ? this.readers[tag as keyof typeof this.readers]
      : undefined;
    if (line[1] === ' ' || line.length === 1) read?.(line.slice(2));
    return false;
  }

  private readonly readers = {
    S: (text: string) => {
      const { name, system } = objectOf(text);
      this.about = { ...textOf('name', name), ...textOf('system', system) };
      this.tool = { state: 'asked' };
      this.words = '';
      this.apps = undefined;
      for (const known of [this.cards, this.instances, this.rows, this.details]) known.clear();
    },
    F: (text: string) => {
      this.cardFields = text.split(',');
      this.cards.clear();
      this.instances.clear();
      this.listed = undefined;
    },
    C: (text: string) => {
      const card = parseGpuRow(this.cardFields, text);
      if (card && this.cards.size < mostGpus) this.cards.set(card.index, card);
    },
    L: (text: string) => {
      const one = parseListed(text);
      if (one?.kind === 'gpu') this.listed = one.index;
      else if (one && this.listed !== undefined) {
        const known = this.instances.get(this.listed) ?? [];
        if (known.length < 64 && this.instances.size < mostGpus)
          this.instances.set(this.listed, [...known, one.profile]);
      }
    },
    Q: (text: string) => {
      this.rowFields = text.split(',');
    },
    X: (text: string) => {
      const [, word = '', words = ''] = /^(\w+)(?: \d+)?(?: (.*))?$/.exec(text) ?? [];
      const state = Object.hasOwn(toolStates, word) ? toolStates[word as keyof typeof toolStates] : 'asked';
      this.tool = { state, ...(words !== '' && { words: words.slice(0, 300) }) };
    },
    W: (text: string) => {
      this.words = text.slice(0, 300);
    },
    M: (text: string) => {
      this.columns = text.slice(0, 300);
    },
    P: (text: string) => {
      this.apps = text === '?' ? undefined : [];
    },
    p: (text: string) => {
      const app = parseComputeApp(text) ?? this.monitored(text);
      if (app && this.apps && this.apps.length < mostProcesses) this.apps.push(app);
    },
    D: (text: string) => {
      const [, pid = '', start = '', startedAt = '', user = '', command = ''] =
        /^(\d{1,10}) (\d{1,20}) (\d{1,15}) (\S{1,100}) ?(.{0,400})/.exec(text) ?? [];
      if (pid === '' || (this.details.size >= mostProcesses && !this.details.has(Number(pid)))) return;
      this.details.set(Number(pid), { start, startedAt: Number(startedAt), user, command: command.trim() });
    },
    U: () => {
      this.users = [];
    },
    u: (text: string) => {
      const [, user, from = ''] = /^(\S{1,100})\s*(.{0,200})/.exec(text) ?? [];
      if (user !== undefined && this.users.length < mostUsers)
        this.users = [...this.users, { user, from: from.trim().replace(/\s+/g, ' ') }];
    },
    H: (text: string) => {
      const { t, cores, ...fields } = objectOf(text);
      if (typeof t !== 'number' || !(t > 0 && t < latestTime)) return;
      const values: Partial<Record<HostLoadValue, number>> = {};
      for (const key of hostLoadValues) {
        const value = fields[key];
        if (isMeasurement(value)) values[key] = value;
      }
      const each =
        Array.isArray(cores) && cores.length <= mostCores && cores.every(isMeasurement) ? cores : [];
      this.host = { t, host: { ...this.about, values, cores: each } };
    },
    G: (text: string) => {
      const row = parseGpuRow(this.rowFields, text);
      if (row) this.keep(row);
    },
    A: (text: string) => {
      for (const row of parseAmdJson(text.slice(text.indexOf(' ') + 1))) this.keep(row);
    },
  };

  private monitored(text: string): App | undefined {
    const [one] = monitoredProcesses(`${this.columns}\n${text}`);
    return one && { ...one, name: one.command };
  }

  private keep(row: NvidiaRow): void {
    if (this.rows.size >= mostGpus && !this.rows.has(row.index)) return;
    this.rows.set(row.index, { ...row, t: this.host?.t ?? 0, sample: this.samples });
  }

  private complete(): boolean {
    if (!this.host) return false;
    const { t, host } = this.host;
    this.host = undefined;
    const processes = this.processes();
    this.load = {
      t,
      host,
      tool:
        this.words === '' || this.tool.state !== 'works' ? this.tool : { state: 'works', words: this.words },
      gpus: this.gpus(),
      ...(processes && { processes }),
      users: this.users,
    };
    this.samples++;
    return true;
  }

  private gpus(): readonly GpuLoad[] {
    const indexes = [...new Set([...this.cards.keys(), ...this.rows.keys()])].sort((a, b) => a - b);
    return indexes.map((index) => {
      const card = this.cards.get(index);
      const known = this.rows.get(index);
      // AMD's tool is asked less often than there are samples.
      const fresh =
        known &&
        (this.samples - known.sample < rowSamples || (!card && this.samples - known.sample < rowSamples * 5));
      const row = fresh ? known : undefined;
      const { uuid = row?.uuid, name = row?.name, driver } = card ?? {};
      return {
        index,
        instances: this.instances.get(index) ?? [],
        values: { ...card?.values, ...row?.values },
        ...(row && { t: row.t }),
        ...(uuid !== undefined && { uuid }),
        ...(name !== undefined && { name }),
        ...(driver !== undefined && { driver }),
        ...(row?.busy !== undefined && { busy: row.busy }),
      };
    });
  }

  private processes(): readonly GpuProcess[] | undefined {
    if (this.tool.state === 'silent' || this.tool.state === 'failed') return undefined;
    return this.apps?.map(({ uuid, pid, name, memUsed, ...app }) => {
      const gpu =
        uuid === undefined ? app.gpu : [...this.cards.values()].find((card) => card.uuid === uuid)?.index;
      const detail = this.details.get(pid);
      // From within a container a pid may be another's there.
      const identity = detail && sameProgram(name, detail.command) ? detail : undefined;
      return {
        pid,
        name: name ?? identity?.command.split(' ')[0] ?? '',
        ...(gpu !== undefined && { gpu }),
        ...(memUsed !== undefined && { memUsed }),
        ...(identity && { identity }),
      };
    });
  }
}

const toolStates = {
  none: 'none',
  asks: 'asked',
  works: 'works',
  silent: 'silent',
  failed: 'failed',
} as const;

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf<K extends string>(key: K, value: unknown): Partial<Record<K, string>> {
  return typeof value === 'string' && value !== ''
    ? ({ [key]: value.slice(0, 200) } as Record<K, string>)
    : {};
}
