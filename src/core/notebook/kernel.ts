/** A kernel that can be started on a machine. */
export interface KernelSpec {
  /** Unique on its machine. */
  readonly name: string;
  /** Such as `Python 3 (~/project/.venv)`. */
  readonly label: string;
  readonly language: string;
}

export type KernelState = 'starting' | 'idle' | 'busy' | 'dead' | 'unknown';

/** A kernel that runs on a machine. */
export interface KernelInfo {
  readonly id: string;
  readonly spec: string;
  readonly state: KernelState;
  /** Its process on the machine; `null` where it is not known. */
  readonly pid: number | null;
  /** Name of the notebook that it was started for; empty where it is not known. */
  readonly notebook: string;
  /** Unix milliseconds, by the machine's clock. */
  readonly started: number;
  readonly lastActivity: number;
  /** Run of a cell that goes on there; `null` when none does. */
  readonly running: string | null;
  /** Cells that wait for it. */
  readonly queued: number;
}

/** Reads what a notebook server says of its kernels; an entry without an id is left out. */
export function parseKernels(value: unknown): readonly KernelInfo[] {
  return Array.isArray(value) ? value.flatMap((entry) => parseKernel(entry) ?? []) : [];
}

export function parseKernel(value: unknown): KernelInfo | undefined {
  const given = fields(value);
  const { id, spec, state, pid, notebook, started, lastActivity, running, queued } = given;
  if (typeof id !== 'string' || !/^[A-Za-z0-9-]{8,64}$/.test(id)) return undefined;
  return {
    id,
    spec: text(spec),
    state: states.find((known) => known === state) ?? 'unknown',
    pid: Number.isSafeInteger(pid) ? Number(pid) : null,
    notebook: text(notebook),
    started: typeof started === 'number' ? started : 0,
    lastActivity: Date.parse(text(lastActivity)) || 0,
    running: typeof running === 'string' ? running : null,
    queued: typeof queued === 'number' ? queued : 0,
  };
}

/** Reads Jupyter's `/api/kernelspecs`: the default one first. */
export function parseSpecs(value: unknown): readonly KernelSpec[] {
  const { default: first, kernelspecs } = fields(value);
  const specs = Object.entries(fields(kernelspecs)).map(([name, entry]) => {
    const { display_name, language } = fields(fields(entry).spec);
    return { name, label: text(display_name) || name, language: text(language) || 'python' };
  });
  return specs
    .slice(0, 100)
    .sort((a, b) => Number(b.name === first) - Number(a.name === first) || a.label.localeCompare(b.label));
}

const states = ['starting', 'idle', 'busy', 'dead'] as const;

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 500) : '';
}
