import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'vitest';
import { shellQuote } from '../../../src/node/shellQuote';
import { containerFiles, launcherFiles } from '../../../src/providers/launched/launcherFiles';
import { exitOf, type Shell } from './launchedJob';

const remote = resolve('src/remote');

/** Of each pack: what it takes away, and its files by path. */
export interface Pack {
  readonly removed?: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

export interface ContainerOptions {
  readonly test: TestContext;
  readonly run?: string;
  readonly setup?: string;
  /** Of resourceconfig.json; this node is `host`. */
  readonly hosts?: readonly string[];
  readonly host?: string;
  /** Lines of the file `environment`, by name. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** SageMaker's `Environment`. */
  readonly env?: NodeJS.ProcessEnv;
  readonly uploads?: readonly {
    readonly what: 'folder' | 'file';
    readonly destination: string;
    readonly packs: readonly Pack[];
  }[];
}

/** What SageMaker lays out below /opt/ml, in the temporary folder, and the real entry point in it. */
export class Container {
  readonly ml: string;
  readonly home: string;
  private readonly env: NodeJS.ProcessEnv;

  constructor(shell: Shell, options: ContainerOptions) {
    const { test, hosts = ['algo-1'], host = 'algo-1', environment = {}, secrets, env = {} } = options;
    this.home = mkdtempSync(join(tmpdir(), 'trainyard-container-'));
    this.ml = join(this.home, 'ml');
    test.onTestFinished(() => {
      rmSync(this.home, { recursive: true, force: true });
    });
    this.env = {
      PATH: [shell.bin, process.env.PATH].join(delimiter),
      HOME: this.home,
      TRAINYARD_ML: this.ml,
      TRAINYARD_NODE_IPS: hosts.map((_, index) => `127.0.0.${index + 1}`).join('\n'),
      ...env,
    };
    this.write(
      'input/config/resourceconfig.json',
      JSON.stringify({ current_host: host, hosts, network_interface_name: 'eth0' }, undefined, 1),
    );
    const job = join(this.home, 'job');
    mkdirSync(join(job, 'launcher'), { recursive: true });
    for (const name of [...launcherFiles, ...containerFiles])
      writeFileSync(join(job, 'launcher', name), readFileSync(join(remote, name)));
    if (options.run !== undefined) writeFileSync(join(job, 'run.sh'), options.run);
    if (options.setup !== undefined) writeFileSync(join(job, 'setup.sh'), options.setup);
    const own = {
      TRAINYARD_JOB_ID: 'digits-a1b2c3',
      TRAINYARD_GPUS_PER_NODE: '0',
      TRAINYARD_GRACE_SECONDS: '5',
      TRAINYARD_SAMPLE_SECONDS: '0',
      ...environment,
    };
    writeFileSync(join(job, 'environment'), exports(own));
    writeFileSync(join(job, 'uploads'), this.uploadLines(options));
    mkdirSync(join(this.ml, 'input/data/trainyard'), { recursive: true });
    execFileSync('tar', ['-C', job, '-cf', join(this.ml, 'input/data/trainyard/job.tar'), '.']);
    if (secrets) this.write('input/data/trainyard/secrets', exports(secrets));
  }

  /** Below /opt/ml. */
  write(path: string, content: string | Uint8Array): void {
    mkdirSync(join(this.ml, path, '..'), { recursive: true });
    writeFileSync(join(this.ml, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.ml, path), 'utf8');
  }

  start(): ChildProcess {
    return spawn('sh', [join(remote, 'sagemaker.sh')], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
  }

  async run(): Promise<{ readonly code: number | null; readonly stdout: Buffer }> {
    const child = this.start();
    if (!child.stdout) throw new Error('no stdout');
    const [code, stdout] = await Promise.all([exitOf(child), buffer(child.stdout)]);
    return { code, stdout };
  }

  private uploadLines({ uploads = [] }: ContainerOptions): string {
    let made = 0;
    return uploads
      .flatMap(({ what, destination, packs }) => [
        `${what} ${packs.length} ${destination}`,
        ...packs.map((pack) => {
          const name = `project/${(made += 1)}.tar.gz`;
          this.pack(name, pack);
          return name;
        }),
      ])
      .map((line) => `${line}\n`)
      .join('');
  }

  private pack(name: string, { removed, files }: Pack): void {
    const folder = mkdtempSync(join(this.home, 'pack-'));
    mkdirSync(join(folder, 'files'));
    if (removed) writeFileSync(join(folder, 'removed'), removed.map((path) => `./${path}\0`).join(''));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, 'files', path, '..'), { recursive: true });
      writeFileSync(join(folder, 'files', path), text);
    }
    mkdirSync(join(this.ml, 'input/data/code/project'), { recursive: true });
    execFileSync('tar', ['-C', folder, '-czf', join(this.ml, 'input/data/code', name), '.']);
  }
}

function exports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${shellQuote(value)}\n`)
    .join('');
}

/** What a reader of the log makes of it: each channel's bytes, and how far the container says that it came. */
export function decoded(stdout: Buffer): {
  readonly log: Buffer;
  readonly telemetry: string;
  readonly sent: { readonly log: number; readonly telemetry: number; readonly end?: boolean } | undefined;
  readonly lines: readonly string[];
} {
  const prefix = '##trainyard ';
  const log: Buffer[] = [];
  const telemetry: Buffer[] = [];
  let sent: { log: number; telemetry: number; end?: boolean } | undefined;
  const lines = stdout.toString('utf8').split('\n');
  if (lines.pop() !== '') throw new Error('stdout ends within a line');
  for (const line of lines) {
    const record = line.startsWith(prefix)
      ? (JSON.parse(line.slice(prefix.length)) as { kind: string; channel?: string; b64?: string })
      : undefined;
    if (!record) log.push(Buffer.from(`${line}\n`));
    else if (record.kind === 'bytes')
      (record.channel === 'log' ? log : telemetry).push(Buffer.from(record.b64 ?? '', 'base64'));
    else if (record.kind === 'sent') sent = record as unknown as { log: number; telemetry: number };
    else telemetry.push(Buffer.from(`${line}\n`));
  }
  return { log: Buffer.concat(log), telemetry: Buffer.concat(telemetry).toString(), sent, lines };
}
