import type { JobSpec } from './jobSpec/jobSpec';
import { shellCommands, type ShellCommand } from './shellWords';

/** What one run of a training was started with. */
export interface RunParameter {
  /** The same for all spellings of a name: `--batch-size`, `batch_size` and `BATCH_SIZE` are `batch_size`. */
  readonly key: string;
  /** As it was written first. */
  readonly name: string;
  readonly value: string;
  /** Given in `run`, where the environment variable of the same name says something else. */
  readonly differs?: true;
}

/** What stands for a value that is nobody's to see. */
export const maskedValue = '•••';

const mostParameters = 200;
const longestValue = 200;

/** Programs and words of the shell whose arguments say nothing of a training. */
const helpers = new Set([
  ...[
    'echo',
    'printf',
    'cd',
    'mkdir',
    'rm',
    'cp',
    'mv',
    'ls',
    'cat',
    'sleep',
    'tar',
    'unzip',
    'test',
    '[',
    'chmod',
  ],
  ...[
    'if',
    'until',
    'while',
    'source',
    '.',
    'pip',
    'pip3',
    'conda',
    'mamba',
    'apt',
    'apt-get',
    'curl',
    'wget',
  ],
  ...['git'],
]);

/**
 * Environment variables of the job file, and the numbers and words that `run` hands to programs as `--name value`,
 * `--name=value` or `name=value`. Where both have a name with one value it is the variable's; with two, both are listed.
 */
export function runParameters(spec: Pick<JobSpec, 'envs' | 'secrets' | 'run'>): readonly RunParameter[] {
  const all: RunParameter[] = [];
  const envs = Object.entries(spec.envs).filter(([name]) => !spec.secrets.includes(name));
  const known = new Map<string, string>();
  for (const [name, value] of envs) {
    known.set(keyOf(name), value);
    all.push({ key: keyOf(name), name, value: shown(name, value) });
  }
  for (const [name, values] of written(spec.run ?? '', Object.fromEntries(envs))) {
    const key = keyOf(name);
    const value = values.join(', ');
    const env = known.get(key);
    if (env !== undefined && sameValue(env, value)) continue;
    all.push({ key, name, value: shown(name, value), ...(env !== undefined && { differs: true as const }) });
  }
  return all.slice(0, mostParameters);
}

/** By name, every different value that the script gives it. */
function written(
  run: string,
  variables: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, { name: string; values: string[] }>();
  for (const command of shellCommands(run, variables)) {
    for (const [name, value] of parametersOf(command)) {
      const entry = found.get(keyOf(name)) ?? { name, values: [] };
      found.set(keyOf(name), entry);
      if (!entry.values.some((one) => sameValue(one, value))) entry.values.push(value);
    }
  }
  return new Map([...found.values()].map(({ name, values }) => [name, values]));
}

function parametersOf(command: ShellCommand): readonly (readonly [name: string, value: string])[] {
  const program = command.find(({ text }) => !/^[A-Za-z_]\w*=/.test(text))?.text.replace(/^.*\//, '');
  if (program !== undefined && helpers.has(program)) return [];
  const found: [string, string][] = [];
  for (const [index, { text, known }] of command.entries()) {
    const flag = /^--([A-Za-z][\w.-]*)(?:=([^]*))?$/.exec(text);
    if (flag?.[1]) {
      const next = command[index + 1];
      if (flag[2] !== undefined) {
        if (known) found.push([flag[1], flag[2]]);
      } else if (next === undefined || !isArgument(next.text)) found.push([flag[1], 'true']);
      else if (next.known) found.push([flag[1], next.text]);
      continue;
    }
    const override = /^\+{0,2}([A-Za-z_][\w./@-]*)=([^]+)$/.exec(text);
    if (override?.[1] && override[2] !== undefined && known) found.push([override[1], override[2]]);
  }
  return found.filter(([, value]) => value.trim() !== '');
}

/** Whether a word after a flag is its value: no other flag, no script or override, as those follow a switch. */
function isArgument(text: string): boolean {
  if (/^-?\.?\d/.test(text)) return true;
  return !text.startsWith('-') && !/\.(?:py|sh)$/.test(text) && !/^\+{0,2}[A-Za-z_][\w./@-]*=/.test(text);
}

function keyOf(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]+/g, '_');
}

/** `1e-3` and `0.001` are one value. */
function sameValue(a: string, b: string): boolean {
  return a === b || (a.trim() !== '' && b.trim() !== '' && Number(a) === Number(b));
}

/** A secret may have been written where any value could be. Names of tokens that are no secrets are plural or longer. */
function shown(name: string, value: string): string {
  if (/(?:^|[_.-])(?:token|secret|passw(?:or)?d|api[_-]?key|access[_-]?key|credentials?)$/i.test(name))
    return maskedValue;
  return value.length > longestValue ? `${value.slice(0, longestValue - 1)}…` : value;
}
