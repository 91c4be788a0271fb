import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { CancelledError } from '../../src/core/errors';
import { defaultSettings } from '../../src/core/settings';
import { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import { install, type InstallPrompts, type InstallQuestion } from '../../src/services/notebooks/install';
import { Notebooks } from '../../src/services/notebooks/notebooks';
import { ServerScript } from '../../src/services/notebooks/serverScript';
import { LocalMachine } from '../fakes/localMachine';
import { agreeing, printed, runCode } from '../fakes/notebooks/notebookMachine';
import { commandLines } from '../fakes/processes';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { SshPerson } from '../fakes/sshd/sshPerson';
import { until } from '../fakes/until';

const never = new AbortController().signal;
const script = new ServerScript(resolve('src/remote'));

/** Agrees, and keeps what it was asked and told. */
class Agreeing implements InstallPrompts {
  readonly asked: InstallQuestion[] = [];
  readonly told: string[] = [];

  constructor(private readonly seen: (message: string) => void = () => undefined) {}

  install(question: InstallQuestion): Promise<boolean> {
    this.asked.push(question);
    return Promise.resolve(true);
  }

  progress(message: string): void {
    this.told.push(message);
    this.seen(message);
  }
}

test('Jupyter is installed over SSH with real pip; stopped in the middle it counts as not there, and in the end it runs cells', async () => {
  // So that only the first run on this computer downloads anything.
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'trainyard', 'pip');
  const environment = { PIP_CACHE_DIR: cache, PIP_IGNORE_INSTALLED: '1' };
  const sshd = await SshdServer.start({ address: '127.0.0.10', environment });
  const machine = new SshMachine(new SshPerson().parts(sshd.hostConfig('gpu')));
  const setting = (key: keyof typeof defaultSettings) => defaultSettings[key] as never;
  const parts = { home: join(sshd.home, 'state'), remoteFolder: resolve('src/remote'), setting };
  const notebooks = new Notebooks(parts);
  const venv = join(sshd.home, '.trainyard/jupyter/venv');
  try {
    await machine.attach({}, never);
    const kernels = notebooks.on(machine);
    const found = await kernels.server.find({}, never);

    const stop = new AbortController();
    const impatient = new Agreeing((message) => {
      if (message.startsWith('Installing collected')) stop.abort();
    });
    const stopped = install(machine, script, found, impatient, stop.signal);
    await expect(stopped).rejects.toBeInstanceOf(CancelledError);
    await until('no process of it is left', () => !commandLines().includes(venv));
    const after = await kernels.server.find({}, never);
    expect(after.pythons.map(({ path }) => path)).toEqual(found.pythons.map(({ path }) => path));

    const patient = new Agreeing();
    await install(machine, script, after, patient, never);
    expect(patient.asked).toMatchObject([
      { packages: [/^jupyter-server/, /^ipykernel/].map((name) => expect.stringMatching(name) as string) },
    ]);
    expect(patient.told.filter((line) => /^(?:Collecting|Using cached|Downloading)/.test(line))).not.toEqual(
      [],
    );
    const { pid } = await kernels.server.ensure(agreeing, never);
    expect(commandLines()).toContain(`${venv}/bin/python3 ${sshd.home}/.trainyard/jupyter/notebookServer.py`);
    expect(pid).toBeGreaterThan(0);
    const kernel = await kernels.start({ id: randomUUID(), spec: '', notebook: 'a.ipynb' }, never);
    expect(printed(await runCode(kernels, kernel, 'import sys\nprint(sys.prefix)'))).toBe(`${venv}\n`);
    await kernels.server.end(never);
  } finally {
    notebooks.dispose();
    machine.dispose();
    await sshd.stop();
  }
}, 400_000);

describe('An installation that can’t be', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'trainyard-install-'));
  });

  afterEach(async () => {
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  async function attached(env: Readonly<Record<string, string>> = {}): Promise<LocalMachine> {
    const machine = new LocalMachine(home, env);
    await machine.attach();
    return machine;
  }

  it('says so where the machine reaches no packages, and leaves nothing that would be used', async () => {
    const machine = await attached({
      PIP_CONFIG_FILE: '/dev/null',
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      // Each try says why it failed.
      PIP_RETRIES: '1',
      PIP_IGNORE_INSTALLED: '1',
    });
    const found = await script.find(machine, '', {}, never);
    await expect(install(machine, script, found, new Agreeing(), never)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/can’t reach the Python packages.*HTTPS_PROXY/) as string,
    });
    const { pythons } = await script.find(machine, '', {}, never);
    expect(pythons.filter(({ path }) => path.startsWith(home))).toEqual([]);
  });

  it('asks nothing where no Python has what makes environments, and names the package', async () => {
    // As Debian ships it: without python3-venv there is no ensurepip.
    await writeFile(join(home, 'sitecustomize.py'), 'import sys\nsys.modules["ensurepip"] = None\n');
    const machine = await attached({ PYTHONPATH: home });
    const found = await script.find(machine, '', {}, never);
    expect(found.pythons.length).toBeGreaterThan(0);
    const prompts = new Agreeing();
    await expect(install(machine, script, found, prompts, never)).rejects.toMatchObject({
      message: expect.stringContaining('apt-get install python3-venv') as string,
    });
    expect(prompts.asked).toEqual([]);
  });

  it('asks nothing where the disk is too full, or where there is no Python', async () => {
    const machine = await attached();
    const prompts = new Agreeing();
    const python = { path: '/usr/bin/python3', version: '3.11.2', server: false, kernel: false, venv: true };
    await expect(
      install(machine, script, { pythons: [python], freeBytes: 2e8 }, prompts, never),
    ).rejects.toMatchObject({ message: expect.stringContaining('Free 400 MB') as string });
    await expect(install(machine, script, { pythons: [] }, prompts, never)).rejects.toMatchObject({
      message: expect.stringMatching(/There is no Python on here\. Install/) as string,
    });
    expect(prompts.asked).toEqual([]);
  });

  it.each([
    [
      'the disk becomes full',
      'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
      /The disk of here became full.*Free 400 MB/,
    ],
    [
      'the person’s share of the disk is used up',
      "OSError: [Errno 122] Disk quota exceeded: '/home/ana/.trainyard/jupyter/venv/lib'",
      /your share of it.*Free 400 MB/,
    ],
    [
      'Debian says only while it makes the environment that it can’t',
      'The virtual environment was not created successfully because ensurepip is not\navailable.  On Debian/Ubuntu systems, you need to install the python3-venv\npackage using the following command.\n\n    apt install python3.11-venv',
      /apt-get install python3-venv/,
    ],
    ['pip is missing', '/usr/bin/python3: No module named pip', /apt-get install python3-venv/],
    [
      'the packages’ server is not trusted',
      'Could not fetch URL https://pypi.org/simple/pip/: connection error: [SSL: CERTIFICATE_VERIFY_FAILED]\nERROR: No matching distribution found for ipykernel',
      /PIP_CERT/,
    ],
    ['something else happens', 'one\ntwo\nthree', /could not install Jupyter on here: one\ntwo\nthree$/],
  ])('says what to do where %s', async (_, said, message) => {
    // In the place of Python: what venv and pip print then, word for word.
    const python = join(home, 'python3');
    await mkdir(join(home, '.trainyard'), { recursive: true });
    await writeFile(python, `#!/bin/sh\necho 'group 99999999'\ncat <<'END'\n${said}\nEND\nexit 1\n`);
    await chmod(python, 0o755);
    const machine = await attached();
    const pythons = [{ path: python, version: '3.11.2', server: false, kernel: false, venv: true }];
    await expect(install(machine, script, { pythons }, new Agreeing(), never)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(message) as string,
    });
  });
});
