import { randomInt } from 'node:crypto';
import type { RunOptions } from '../../../core/machine';
import { ProviderError } from '../../../core/errors';
import { parseGpus, type Hardware } from '../../launched/hardware';
import { oddAnswer, type HostScripts } from './hostScripts';

/** What a host says of itself (`probe` in src/remote/hostProbe.sh). */
export interface HostProbe {
  readonly home: string;
  /** Its clock, in unix milliseconds. */
  readonly now: number;
  /** The same for two names of one machine. */
  readonly boot: string;
  readonly hardware: Hardware;
  /** Where nobody listens. */
  readonly port: number;
  /** Where the connection came in, if it says so; with tunnels that is itself. */
  readonly address: string | undefined;
  /** That of the way to the outside. */
  readonly outer: string | undefined;
  /** Network interfaces by their addresses. */
  readonly interfaces: ReadonlyMap<string, string>;
}

/** Below the ports that systems hand out by themselves (Linux from 32768), so that it stays free until the job listens. */
const ports = () => Array.from({ length: 16 }, () => String(randomInt(20_000, 30_000)));

/** Without `withGpus` nobody is asked for them, which takes time. */
export async function probe(
  scripts: HostScripts,
  withGpus: boolean,
  options: RunOptions,
  signal: AbortSignal,
): Promise<HostProbe> {
  const words = ['host.sh', 'probe', ...(withGpus ? ['gpus'] : []), ...ports()] as const;
  const text = await scripts.ask(words, 'What the machine has can’t be seen', options, signal);
  return parseProbe(scripts.alias, text);
}

export function parseProbe(alias: string, text: string): HostProbe {
  const lines = text.split('\n').map((line) => {
    const [name = ''] = line.split(' ', 1);
    return { name, value: line.slice(name.length + 1).trim() };
  });
  const all = (name: string) => lines.filter((line) => line.name === name).map((line) => line.value);
  const one = (name: string) => all(name).find((value) => value !== '');
  const missing = all('missing');
  if (missing.length > 0)
    throw new ProviderError(
      'unavailable',
      `Jobs need ${missing.join(', ')} on ${alias}. Install ${missing.length > 1 ? 'them' : 'it'} there, and try again.`,
    );
  const home = one('home');
  if (home?.startsWith('/') !== true) throw oddAnswer(alias, text);
  const gpuProblem = one('gpuProblem')?.slice(0, 300);
  return {
    home,
    now: number(one('now')),
    boot: one('boot') ?? '-',
    port: number(one('port')),
    address: one('address'),
    outer: one('outer'),
    interfaces: new Map(
      all('interface').map((line) => {
        const [name = '', address = ''] = line.split(' ');
        return [address, name] as const;
      }),
    ),
    hardware: {
      cpus: number(one('cpus')),
      memoryBytes: number(one('memory')),
      gpus: parseGpus(all('gpu').join('\n')),
      ...(gpuProblem !== undefined && { gpuProblem }),
    },
  };
}

function number(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
