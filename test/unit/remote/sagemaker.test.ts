import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Container, decoded } from './container';
import { exitOf, linux, parseTelemetry, shells, until } from './launchedJob';
import { buffer } from 'node:stream/consumers';

describe.skipIf(!linux).concurrent.each(shells)('a SageMaker container, with $name,', (shell) => {
  it('runs the job and ends with its exit code, outputs and reason', async (test) => {
    const job = new Container(shell, {
      test,
      setup: 'echo setting up',
      run: 'echo hello; mkdir out; echo weights >out/model.bin; exit 7',
      environment: { TRAINYARD_OUTPUTS: 'model=out\n' },
    });
    const { code, stdout } = await job.run();
    expect(code).toBe(7);
    const { log, telemetry, sent } = decoded(stdout);
    expect(log.toString()).toBe('setting up\nhello\n');
    expect(parseTelemetry(telemetry).at(-1)).toMatchObject({ kind: 'exit', code: 7, node: 0 });
    expect(sent).toMatchObject({ log: log.length, telemetry: telemetry.length, end: true });
    expect(job.read('model/model/model.bin')).toBe('weights\n');
    expect(job.read('output/failure')).toBe('node 0: run exited with code 7\nsetting up\nhello\n');
  });

  it('leaves no failure where there was none', async (test) => {
    const job = new Container(shell, { test, run: 'echo fine' });
    expect((await job.run()).code).toBe(0);
    expect(existsSync(join(job.ml, 'output/failure'))).toBe(false);
  });

  it('tells each node its rank by the number of its host', async (test) => {
    const hosts = ['algo-10', 'algo-2', 'algo-1'];
    const run =
      'echo "$SKYPILOT_NODE_RANK of $SKYPILOT_NUM_NODES at $MASTER_ADDR"; echo "$SKYPILOT_NODE_IPS"; mkdir m; echo "$SKYPILOT_NODE_RANK" >m/rank';
    const ended = await Promise.all(
      ['algo-1', 'algo-2', 'algo-10'].map(async (host) => {
        const node = new Container(shell, {
          test,
          run,
          hosts,
          host,
          environment: { TRAINYARD_OUTPUTS: 'm=m\n' },
        });
        return { node, ...(await node.run()) };
      }),
    );
    expect(ended.map(({ stdout }) => decoded(stdout).log.toString())).toEqual(
      [0, 1, 2].map((rank) => `${rank} of 3 at 127.0.0.1\n127.0.0.1\n127.0.0.2\n127.0.0.3\n`),
    );
    expect(ended[2]?.node.read('model/node-2/m/rank')).toBe('2\n');
  });

  it('gives setup and run secrets and envs with every character, and its own settings to nobody', async (test) => {
    const odd = `'"\`$HOME \\ ; rm -rf & | * ? é 日本 %s #\n two`;
    const job = new Container(shell, {
      test,
      env: { ODD: odd, EMPTY: '' },
      secrets: { KEY: odd },
      run: `printf '%s|' "$ODD" "$EMPTY" "$KEY"; env | grep -c '^TRAINYARD_[CGM]'`,
    });
    expect(decoded((await job.run()).stdout).log.toString()).toBe(`${odd}||${odd}|1\n`);
  });

  it('lays out packs one over the other: what changed its kind, hostile names, and what goes elsewhere', async (test) => {
    // `find` prints it on two lines, which are sorted as such.
    const odd = '-n ´`$(touch hurt)`\\ *\n two';
    const first = {
      files: { 'a.py': 'old', 'gone/x': '1', 'kept/y': '2', 'was-folder/z': '3', [odd]: 'odd' },
    };
    const second = {
      removed: ['gone', 'was-folder', 'not there'],
      files: { 'a.py': 'new', 'was-folder': 'file' },
    };
    const job = new Container(shell, {
      test,
      run: 'find . -type f | LC_ALL=C sort; cat a.py was-folder kept/y data/in.txt "$HOME/mine.txt"',
      uploads: [
        { what: 'folder', destination: '', packs: [first, second] },
        { what: 'folder', destination: 'data', packs: [{ files: { 'in.txt': 'in' } }] },
        { what: 'file', destination: '~/mine.txt', packs: [{ files: { file: 'mine' } }] },
      ],
    });
    const { code, stdout } = await job.run();
    expect(decoded(stdout).log.toString()).toBe(
      ` two\n./-n ´\`$(touch hurt)\`\\ *\n./a.py\n./data/in.txt\n./kept/y\n./was-folder\nnewfile2inmine`,
    );
    expect(code).toBe(0);
  });

  it('gives CUDA the image’s own libraries where the machine’s driver is older than they are', async (test) => {
    const root = mkdtempSync(join(tmpdir(), 'trainyard-root-'));
    test.onTestFinished(() => {
      rmSync(root, { recursive: true });
    });
    const compat = join(root, 'usr/local/cuda/compat');
    mkdirSync(compat, { recursive: true });
    mkdirSync(join(root, 'proc/driver/nvidia'), { recursive: true });
    symlinkSync('libcuda.so.580.95.05', join(compat, 'libcuda.so.1'));
    const path = async (driver: string | undefined) => {
      const file = join(root, 'proc/driver/nvidia/version');
      rmSync(file, { force: true });
      if (driver !== undefined)
        writeFileSync(file, `NVRM version: NVIDIA UNIX ${driver}\nGCC version: 11.4.0\n`);
      const env = { TRAINYARD_ROOT: root, LD_LIBRARY_PATH: '/own' };
      const job = new Container(shell, { test, env, run: 'echo "$LD_LIBRARY_PATH"' });
      return decoded((await job.run()).stdout)
        .log.toString()
        .trim();
    };
    const [closed, open] = ['x86_64 Kernel Module', 'Open Kernel Module for x86_64'] as const;
    expect(await path(`${closed}  535.183.01  Sun May 12`)).toBe(`${compat}:/own`);
    expect(await path(`${open}  580.65.06  Release Build`)).toBe(`${compat}:/own`);
    expect(await path(`${closed}  580.95.05  Sun May 12`)).toBe('/own');
    expect(await path(`${open}  590.10  Release Build`)).toBe('/own');
    expect(await path(undefined)).toBe('/own');
  });

  it('links its checkpoints and channels, and keeps what SageMaker brought back', async (test) => {
    const job = new Container(shell, {
      test,
      run: 'cat ckpt/last data/set/in.csv; echo 2 >ckpt/last',
      environment: { TRAINYARD_CHECKPOINTS: './ckpt', TRAINYARD_CHANNELS: 'mount1=data/set\n' },
      uploads: [{ what: 'folder', destination: '', packs: [{ files: { 'ckpt/last': 'of the workdir' } }] }],
    });
    job.write('checkpoints/last', '1\n');
    job.write('input/data/mount1/in.csv', 'x,y\n');
    const { stdout } = await job.run();
    expect(decoded(stdout).log.toString()).toBe('1\nx,y\n');
    expect(job.read('checkpoints/last')).toBe('2\n');
    expect(readlinkSync(join(job.ml, 'trainyard/nodes/0/workdir/ckpt'))).toBe(join(job.ml, 'checkpoints'));
  });

  it('collects an output that is its checkpoints, or holds or is in them, and none that a link leads elsewhere', async (test) => {
    const job = new Container(shell, {
      test,
      run: [
        'echo 2 >runs/ckpt/last; mkdir -p runs/ckpt/best; echo best >runs/ckpt/best/it; echo log >runs/log',
        'ln -s /etc runs/ckpt/etc;',
      ].join('\n'),
      env: {},
      environment: {
        TRAINYARD_CHECKPOINTS: './runs/ckpt/',
        TRAINYARD_OUTPUTS:
          'ckpt=./runs/ckpt\nall=runs\nbest=runs/ckpt/best\nevil=runs/ckpt/etc\nup=runs/ckpt/../model\n',
      },
    });
    job.write('checkpoints/first', '1\n');
    const { stdout } = await job.run();
    expect(job.read('model/ckpt/first')).toBe('1\n');
    expect(job.read('model/ckpt/last')).toBe('2\n');
    expect(job.read('model/all/log')).toBe('log\n');
    expect(job.read('model/all/ckpt/last')).toBe('2\n');
    expect(job.read('model/best/it')).toBe('best\n');
    expect(existsSync(join(job.ml, 'model/evil'))).toBe(false);
    expect(existsSync(join(job.ml, 'model/up'))).toBe(false);
    const [end] = parseTelemetry(decoded(stdout).telemetry).filter(
      ({ phase, state }) => phase === 'collect' && state === 'end',
    );
    expect(end?.problem).toBe(
      'evil: runs/ckpt/etc is outside the workdir; up: runs/ckpt/../model is outside the workdir',
    );
  });

  it('keeps a link of the job’s own in place of its checkpoints a link', async (test) => {
    const job = new Container(shell, {
      test,
      run: 'rm ckpt; ln -s /etc ckpt',
      environment: { TRAINYARD_CHECKPOINTS: 'ckpt', TRAINYARD_OUTPUTS: 'ckpt=ckpt\n' },
    });
    await job.run();
    expect(existsSync(join(job.ml, 'model/ckpt'))).toBe(false);
  });

  it('stopped by SIGTERM lets run save, copies the outputs, and says all of it', async (test) => {
    const job = new Container(shell, {
      test,
      run: `trap 'mkdir out; echo saved >out/state; echo saved; exit 0' TERM\necho up\nwhile :; do sleep 0.05; done`,
      environment: { TRAINYARD_OUTPUTS: 'model=out\n' },
    });
    const child = job.start();
    if (!child.stdout) throw new Error('no stdout');
    const all = buffer(child.stdout);
    await until('it is up', () => {
      const file = join(job.ml, 'trainyard/nodes/0/log');
      return existsSync(file) && readFileSync(file, 'utf8').includes('up');
    });
    child.kill('SIGTERM');
    expect(await exitOf(child)).toBe(143);
    const { log, telemetry, sent } = decoded(await all);
    expect(log.toString()).toContain('saved\n');
    expect(parseTelemetry(telemetry).at(-1)).toMatchObject({
      kind: 'exit',
      reasonKind: 'stopped',
      reason: 'stopped by SIGTERM',
    });
    expect(sent).toMatchObject({ end: true, log: log.length });
    expect(job.read('model/model/state')).toBe('saved\n');
  });

  it('that can’t lay out its files says so, as its log and its end', async (test) => {
    const job = new Container(shell, {
      test,
      run: 'echo never',
      uploads: [{ what: 'folder', destination: '', packs: [{ files: { a: '' } }] }],
    });
    writeFileSync(join(job.ml, 'input/data/code/project/1.tar.gz'), 'no archive');
    const { code, stdout } = await job.run();
    expect(code).toBe(70);
    const { log, telemetry, sent } = decoded(stdout);
    expect(log.toString()).toMatch(/^trainyard: the pack project\/1\.tar\.gz can't be unpacked: .*\n$/);
    expect(parseTelemetry(telemetry).at(-1)).toMatchObject({ kind: 'exit', code: 70, reasonKind: 'lost' });
    expect(sent).toMatchObject({ end: true });
    expect(job.read('output/failure')).toContain("can't be unpacked");
  });
});
