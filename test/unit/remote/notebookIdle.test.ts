import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import {
  hookOf,
  notebookScript,
  scriptMinutes,
  scriptName,
} from '../../../src/providers/aws/machines/notebookScript';
import { linux, shells, type Shell } from './launchedJob';

const watch = readFileSync('src/remote/notebookIdle.sh', 'utf8');

/** The real script with another last line: each word is a piece of shell that says what happens, and then comes a look. */
const looks = watch.replace(
  /^main "\$@"; exit\n$/m,
  `up=1000 ticks=0 bytes=0
pass() { # SECONDS [CORES [BYTES A SECOND]]
  up=$((up + $1)) ticks=$((ticks + $1 * 100 * \${2-0})) bytes=$((bytes + $1 * \${3-0}))
  printf '%s.00 1.00\\n' "$up" >"$root/proc/uptime"
  printf 'cpu  %s 0 0 9 0 0 0 0\\n' "$ticks" >"$root/proc/stat"
  printf 'Inter-| Receive\\n face |bytes\\n    lo: 99999999%s 0 0 0 0 0 0 0 9 0\\n  eth0: %s 0 0 0 0 0 0 0 0 0\\n' "$up" "$bytes" >"$root/proc/net/dev"
}
kernel() { printf '[{"id":"k","last_activity":"%s","execution_state":"%s","connections":1}]' "$1" "$2" >"$root/kernels"; }
begin "$1"
shift
for step; do eval "$step"; tick; echo "\${used:-idle}"; done
exit
`,
);

/** A notebook instance of the test's own, on which Jupyter, AWS and the GPU answer as the test says. */
class Instance {
  readonly root = mkdtempSync(join(tmpdir(), 'trainyard-notebook-'));
  readonly env: Record<string, string>;

  constructor(shell: Shell, test: TestContext) {
    for (const folder of ['proc/net', 'proc/7', 'dev/pts', 'bin', 'run', 'opt/ml/metadata'])
      mkdirSync(join(this.root, folder), { recursive: true });
    mkdirSync(join(this.root, 'home/ec2-user/SageMaker'), { recursive: true });
    mkdirSync(join(this.root, 'home/ec2-user/.local/share/jupyter/runtime'), { recursive: true });
    this.write(
      'home/ec2-user/.local/share/jupyter/runtime/jpserver-7.json',
      '{\n  "base_url": "/lab/",\n  "pid": 7,\n  "port": 8443,\n  "secure": true,\n  "token": "abc"\n}',
    );
    this.write(
      'opt/ml/metadata/resource-metadata.json',
      '{"ResourceArn":"arn:aws:sagemaker:eu-west-1:123456789012:notebook-instance/lab","ResourceName":"lab"}',
    );
    this.program('curl', `cat >>"${this.root}/asked"; cat "${this.root}/kernels"`);
    this.program('aws', `echo "$*" >>"${this.root}/stops"`);
    this.write('looks.sh', looks);
    const bin = join(this.root, 'bin');
    this.env = {
      PATH: [bin, shell.bin, process.env.PATH].join(delimiter),
      TRAINYARD_WATCHDOG_ROOT: this.root,
    };
    test.onTestFinished(() => {
      rmSync(this.root, { recursive: true, force: true });
    });
  }

  write(path: string, content: string): void {
    writeFileSync(join(this.root, path), content);
  }

  read(path: string): string {
    const file = join(this.root, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  program(name: string, body: string): void {
    writeFileSync(join(this.root, 'bin', name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(this.root, 'bin', name), 0o755);
  }

  /** What keeps the instance at each look, with a limit of that many minutes. */
  look(minutes: number, ...steps: readonly string[]): Promise<readonly string[]> {
    return new Promise((done, fail) => {
      const words = [join(this.root, 'looks.sh'), String(minutes), ...steps];
      execFile('sh', words, { env: this.env }, (error, stdout) => {
        if (error) fail(new Error(error.message));
        else done(stdout.split('\n').filter(Boolean));
      });
    });
  }

  get log(): string {
    return this.read('home/ec2-user/SageMaker/trainyard-idle.log');
  }
}

const first = 'kernel t0 idle; pass 1';
const idle = 'pass 200';
/** Up to the stop, with a limit of 20 minutes. */
const toTheEnd = [first, idle, idle, idle, idle, idle, 'pass 80', 'pass 120'];

describe.skipIf(!linux).each(shells)(
  'the idle shutdown of a notebook instance under $name',
  { timeout: 30_000 },
  (shell) => {
    it('stops the instance by its own name and region once nobody has used it, after two warnings', async (test) => {
      const lab = new Instance(shell, test);
      lab.write('dev/pts/0', '');
      await lab.look(20, ...toTheEnd.slice(0, -1));
      expect(lab.read('stops')).toBe('');
      expect(lab.log.match(/stops in \d+ s/g)).toEqual(['stops in 600 s', 'stops in 120 s']);
      await expect.poll(() => lab.read('dev/pts/0')).toContain('[trainyard] This notebook instance stops in');
      await lab.look(20, ...toTheEnd);
      expect(lab.read('stops')).toBe(
        'sagemaker stop-notebook-instance --notebook-instance-name lab --region eu-west-1\n',
      );
    });

    it('asks Jupyter where it is, with its token, and so that the question is no use of it', async (test) => {
      const lab = new Instance(shell, test);
      await lab.look(60, first);
      expect(lab.read('asked')).toBe(
        'header = "Authorization: token abc"\nurl = "https://127.0.0.1:8443/lab/api/kernels?no_track_activity=1"\n',
      );
    });

    it.for([
      ['a busy kernel', 'kernel t0 busy; pass 60', 'a busy notebook kernel'],
      ['a cell that ran between two looks', 'kernel t1 idle; pass 60', 'a notebook kernel'],
      ['a key in a terminal', 'touch -d @99 "$root/dev/pts/0"; pass 60', 'a terminal'],
      ['a saved notebook', 'touch -d +9sec "$notebooks/a.ipynb"; pass 60', 'a notebook that was saved'],
      ['half a core', 'pass 60 1', 'the CPU'],
      ['a transfer', 'pass 60 0 2000000', 'a transfer'],
    ])('is kept off by %s', async ([, step = '', words = ''], test) => {
      const lab = new Instance(shell, test);
      lab.write('dev/pts/0', '');
      const kept = await lab.look(5, first, idle, step, idle);
      expect(kept[2]).toContain(words);
      expect(lab.read('stops')).toBe('');
      expect(lab.log).toContain(`goes on: ${words}`);
    });

    it('is kept off by a notebook that is saved while the last look looks for others', async (test) => {
      const lab = new Instance(shell, test);
      const saved = join(lab.root, 'home/ec2-user/SageMaker/a.ipynb');
      // Behind what has been looked at; then the clock of the file system moves on.
      lab.program(
        'find',
        `PATH=/usr/bin:/bin; find "$@"; [ -e ${saved} ] || { sleep 0.05; touch ${saved}; }`,
      );
      expect(await lab.look(60, first, 'rm "$notebooks/a.ipynb"; pass 60', 'pass 60', 'pass 60')).toEqual([
        'idle',
        'idle',
        'a notebook that was saved',
        'idle',
      ]);
    });

    it('is kept off by a cell that is run while the last look is under way', async (test) => {
      const lab = new Instance(shell, test);
      lab.program('sleep', '[ "$1" = 0.5 ] || exec /bin/sleep "$1"');
      const busy = '[{"id":"k","last_activity":"t0","execution_state":"busy","connections":1}]';
      lab.program(
        'nvidia-smi',
        `[ ! -e "${lab.root}/runs" ] || echo '${busy}' >"${lab.root}/kernels"; echo 0`,
      );
      const last = 'touch "$root/runs"; pass 120';
      expect((await lab.look(20, ...toTheEnd.slice(0, -1), last)).at(-1)).toBe('a busy notebook kernel');
      expect(lab.read('stops')).toBe('');
      expect(lab.log).toContain('goes on: a busy notebook kernel');
    });

    it('is kept off by a GPU at work, and not by one at rest', async (test) => {
      const lab = new Instance(shell, test);
      lab.program('nvidia-smi', `cat "${lab.root}/gpu"`);
      lab.program('sleep', '[ "$1" = 0.5 ] || exec /bin/sleep "$1"');
      lab.write('gpu', '3\n88\n');
      expect(await lab.look(5, first)).toEqual(['GPU: 88 %']);
      lab.write('gpu', '0\n4\n');
      expect(await lab.look(5, first)).toEqual(['idle']);
      lab.write('gpu', '[N/A]\n');
      expect(await lab.look(5, first)).toEqual(['GPUs that can not be read']);
    });

    it('takes what can’t be read as use for an hour, and then the others decide', async (test) => {
      const lab = new Instance(shell, test);
      lab.program('curl', 'exit 7');
      const kept = await lab.look(30, 'pass 1', ...Array.from({ length: 18 }, () => idle));
      expect(kept.slice(-2)).toEqual(['Jupyter, which does not answer', 'idle']);
    });

    it('begins anew after a sleep, and never stops on the look that ends one', async (test) => {
      const lab = new Instance(shell, test);
      await lab.look(5, first, idle, 'pass 4000', idle);
      expect(lab.read('stops')).toBe('');
    });

    it('says aloud why it can’t stop it, and tries again ever more rarely', async (test) => {
      const lab = new Instance(shell, test);
      lab.write('dev/pts/0', '');
      lab.program('aws', `echo x >>"${lab.root}/tries"; echo 'AccessDenied: not authorized' >&2; exit 254`);
      // Two minutes after the first try, and four after the second.
      await lab.look(20, ...toTheEnd, 'pass 60', 'pass 60', 'pass 200', 'pass 40');
      expect(lab.read('tries').match(/x/g)).toHaveLength(3);
      expect(lab.log).toContain('needs sagemaker:StopNotebookInstance');
      expect(lab.log).toContain('AWS: AccessDenied: not authorized');
      await expect.poll(() => lab.read('dev/pts/0')).toContain('goes on costing');
    });

    it('keeps its log short', async (test) => {
      const lab = new Instance(shell, test);
      lab.write('home/ec2-user/SageMaker/trainyard-idle.log', `${'x'.repeat(99)}\n`.repeat(1000));
      await lab.look(30, first);
      expect(lab.log.length).toBeLessThan(40_000);
    });

    it('is put in place and started by the lifecycle script, which systemd keeps running', async (test) => {
      const lab = new Instance(shell, test);
      mkdirSync(join(lab.root, 'run/systemd/system'), { recursive: true });
      lab.program('systemctl', `echo "$*" >>"${lab.root}/systemctl"`);
      lab.write('start.sh', notebookScript(watch, 60));
      await new Promise((done) => execFile('sh', [join(lab.root, 'start.sh')], { env: lab.env }, done));
      expect(lab.read('opt/trainyard/notebookIdle.sh')).toBe(watch);
      expect(lab.read('run/systemd/system/trainyard-idle.service')).toContain(
        '/opt/trainyard/notebookIdle.sh 60\n',
      );
      expect(lab.read('systemctl')).toBe('daemon-reload\nrestart trainyard-idle.service\n');
    });

    it('is started without systemd too, and what goes wrong keeps no instance from starting', async (test) => {
      const lab = new Instance(shell, test);
      lab.program('nohup', `echo "$*" >"${lab.root}/nohup"`);
      lab.write('start.sh', notebookScript(watch, 90));
      const code = await new Promise((done) => {
        execFile('sh', [join(lab.root, 'start.sh')], { env: lab.env }, (error) => {
          done(error?.code ?? 0);
        });
      });
      expect(code).toBe(0);
      await expect
        .poll(() => lab.read('nohup'))
        .toBe(`setsid sh ${lab.root}/opt/trainyard/notebookIdle.sh 90\n`);
    });
  },
);

describe('the lifecycle script of a notebook instance', () => {
  it('has room in what AWS takes, and tells its minutes', () => {
    const hook = hookOf(notebookScript(watch, 525_600));
    expect(hook.Content?.length).toBeLessThanOrEqual(16_384);
    expect(scriptMinutes([hook])).toBe(525_600);
    expect(scriptMinutes([{ Content: Buffer.from('IDLE_MINUTES=60').toString('base64') }])).toBeUndefined();
  });

  it.skipIf(spawnSync('shellcheck', ['--version']).error !== undefined)('passes shellcheck', () => {
    expect(
      spawnSync('shellcheck', ['-'], { input: notebookScript(watch, 60), encoding: 'utf8' }).stdout,
    ).toBe('');
  });

  it('has a name that AWS takes, of the instance’s own, however long that is', () => {
    expect(scriptName('lab')).toBe('trainyard-idle-lab');
    const [one, other] = [scriptName(`${'a'.repeat(62)}b`), scriptName(`${'a'.repeat(62)}c`)];
    expect(one).toMatch(/^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/);
    expect(one.length).toBeLessThanOrEqual(63);
    expect(one).not.toBe(other);
  });
});
