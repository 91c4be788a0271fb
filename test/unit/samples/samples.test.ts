import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { MachineLoad } from '../../../src/core/load/machineLoad';
import type { RemoteProcess } from '../../../src/core/machine';
import { LineSplitter } from '../../../src/services/samples/lineSplitter';
import { LoadHistory } from '../../../src/services/samples/loadHistory';
import { MachineSamples } from '../../../src/services/samples/machineSamples';
import { SamplerScripts } from '../../../src/services/samples/samplerScripts';
import { LocalMachine } from '../../fakes/localMachine';
import { until } from '../../fakes/until';
import { LogLines } from '../../fakes/workplace';

const never = new AbortController().signal;
const homes: string[] = [];

afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
});

function aHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'trainyard-samples-'));
  homes.push(home);
  return home;
}

/** A machine whose sampler says what the test wants. */
class ScriptedMachine extends LocalMachine {
  readonly started: { readonly argv: readonly string[]; readonly quiet: unknown }[] = [];
  /** What the next samplers print; the last one counts for all that follow. */
  constructor(private readonly scripts: readonly string[]) {
    super(aHome());
  }

  override start(argv: readonly string[], options: object, signal: AbortSignal): Promise<RemoteProcess> {
    if (!argv.includes('watch')) return super.start(argv, options, signal);
    const script = this.scripts[Math.min(this.started.length, this.scripts.length - 1)] ?? '';
    this.started.push({ argv, quiet: (options as { quiet?: unknown }).quiet });
    return super.start(['sh', '-c', script], options, signal);
  }
}

function watching(now?: () => number): MachineSamples {
  return new MachineSamples({
    remoteFolder: 'src/remote',
    log: new LogLines(),
    every: 2,
    pauses: [5],
    ...(now && { now }),
  });
}

const sample = (t: number) => `echo 'H {"t":${t},"cpu":5}'; echo .;`;
const wait = 'read -r _';

describe('watching a machine', () => {
  it('begins once it is attached, asks nobody anything, and ends with the last who looks', async () => {
    const machine = new ScriptedMachine([sample(1000) + wait]);
    const samples = watching();
    const first = samples.watch(machine);
    const second = samples.watch(machine);
    expect(machine.started).toEqual([]);
    await machine.attach();
    await until('a sample', () => samples.of(machine.id)?.t === 1000);
    expect(machine.started).toHaveLength(1);
    expect(machine.started[0]?.quiet).toBe(true);
    first.dispose();
    first.dispose();
    expect(samples.of(machine.id)?.t).toBe(1000);
    second.dispose();
    expect(samples.of(machine.id)).toBeUndefined();
    samples.dispose();
  });

  it('starts a sampler that ends again, and says why there is nothing', async () => {
    const machine = new ScriptedMachine(['echo "no room" >&2; exit 71', sample(1000) + wait]);
    const samples = watching();
    const problems: (string | undefined)[] = [];
    samples.onDidChange((id) => problems.push(samples.problem(id)));
    samples.watch(machine);
    await machine.attach();
    await until('a sample', () => samples.of(machine.id)?.t === 1000);
    expect(problems).toEqual(['The sampler on here ended: no room', undefined]);
    samples.dispose();
  });

  it('takes what it knows already only once, also when the stream begins anew', async () => {
    const machine = new ScriptedMachine([
      sample(1000) + sample(3000),
      sample(1000) + sample(3000) + sample(5000) + wait,
    ]);
    const samples = watching();
    samples.watch(machine);
    await machine.attach();
    await until('all samples', () => samples.of(machine.id)?.t === 5000);
    expect([...(samples.history(machine.id)?.find('host.cpu')?.points().t ?? [])]).toEqual([
      1000, 3000, 5000,
    ]);
    samples.dispose();
  });

  it('survives a stream of garbage', async () => {
    const machine = new ScriptedMachine([
      `head -c 300000 /dev/urandom; echo; head -c 300000 /dev/zero; echo; ${sample(7000)}${wait}`,
    ]);
    const samples = watching();
    samples.watch(machine);
    await machine.attach();
    await until('a sample', () => samples.of(machine.id)?.t === 7000);
    samples.dispose();
  });

  it('says nothing of now once the last sample is old', async () => {
    let time = 0;
    const machine = new ScriptedMachine([sample(1000) + wait]);
    const samples = watching(() => time);
    samples.watch(machine);
    await machine.attach();
    await until('a sample', () => samples.of(machine.id));
    time = 19_000;
    expect(samples.of(machine.id)).toBeDefined();
    time = 21_000;
    expect(samples.of(machine.id)).toBeUndefined();
    samples.dispose();
  });

  it('starts a sampler that fell silent again', async () => {
    let time = 0;
    const machine = new ScriptedMachine([sample(1000) + wait, sample(3000) + wait]);
    const samples = watching(() => time);
    samples.watch(machine);
    await machine.attach();
    await until('a sample', () => samples.of(machine.id)?.t === 1000);
    time = 10_001;
    await until('another', () => samples.of(machine.id)?.t === 3000);
    expect(machine.started).toHaveLength(2);
    samples.dispose();
  });
});

describe('the scripts of the sampler', () => {
  it('are put where only the user can read them, once', async () => {
    const machine = new LocalMachine(aHome());
    const scripts = new SamplerScripts('src/remote');
    await scripts.install(machine, never);
    const bin = join(machine.home, '.trainyard/bin');
    const [version = ''] = readdirSync(bin);
    expect(readdirSync(join(bin, version)).sort()).toEqual([
      'machine.awk',
      'machine.sh',
      'proc.awk',
      'processes.sh',
    ]);
    expect(statSync(join(bin, version)).mode & 0o777).toBe(0o700);
    expect(statSync(join(bin, version, 'machine.sh')).mode & 0o777).toBe(0o700);
    const { mtimeMs } = statSync(join(bin, version, 'machine.sh'));
    await Promise.all([
      scripts.install(machine, never),
      new SamplerScripts('src/remote').install(machine, never),
    ]);
    expect(readdirSync(bin)).toEqual([version]);
    expect(statSync(join(bin, version, 'machine.sh')).mtimeMs).toBe(mtimeMs);
  });

  it('that can’t be written are told of with their machine', async () => {
    const machine = new LocalMachine(aHome(), { HOME: '/proc/nowhere' });
    await expect(new SamplerScripts('src/remote').install(machine, never)).rejects.toThrow(
      /^here can't be watched, as nothing can be written to ~\/\.trainyard there: /,
    );
  });
});

describe('lines of bytes', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  it('are whole, wherever the pieces end', () => {
    const splitter = new LineSplitter();
    const text = bytes('größe\n\nzwei\ndrei');
    expect([...text].flatMap((byte) => splitter.take(Uint8Array.of(byte)))).toEqual(['größe', '', 'zwei']);
    expect(splitter.take(bytes('\n'))).toEqual(['drei']);
  });

  it('that are too long are left out, and what follows is not', () => {
    const splitter = new LineSplitter();
    for (let i = 0; i < 5; i++) expect(splitter.take(bytes('x'.repeat(100_000)))).toEqual([]);
    expect(splitter.take(bytes('x\nnext\n'))).toEqual(['next']);
  });
});

describe('the history of a machine', () => {
  const load = (t: number, gpuT = t): MachineLoad => ({
    t,
    host: { values: { cpu: t % 100 }, cores: [1, 2] },
    tool: { state: 'works' },
    gpus: [{ index: 0, instances: [], t: gpuT, values: { util: 50, memTotal: 9 } }],
    users: [],
  });

  it('has a curve for each figure, and no point for a value that is shown again', () => {
    const history = new LoadHistory();
    history.add(load(2000));
    history.add(load(4000, 2000));
    expect(history.list().map(({ key, unit }) => `${key} ${unit}`)).toEqual([
      'gpu.0.util %',
      'host.cpu %',
      'host.core.0 %',
      'host.core.1 %',
    ]);
    expect(history.find('gpu.0.util')?.count).toBe(1);
    expect(history.find('host.cpu')?.count).toBe(2);
    expect(history.list()).toBe(history.list());
  });

  it('loses what is older than an hour, and says that it did', () => {
    const history = new LoadHistory();
    for (let t = 0; t <= 3 * 3_600_000; t += 2000) history.add(load(t));
    const series = history.find('host.cpu');
    const { t = new Float64Array() } = series?.points() ?? {};
    expect(t.at(-1)).toBe(3 * 3_600_000);
    expect(t[0]).toBeGreaterThanOrEqual(3_600_000);
    expect(t.length).toBeLessThanOrEqual(3601);
    expect(series?.revision).toBeGreaterThan(0);
  });
});
