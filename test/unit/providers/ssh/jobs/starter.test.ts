import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { dealOut } from '../../../../../src/providers/ssh/jobs/placement';
import { parseProbe } from '../../../../../src/providers/ssh/jobs/hostProbe';
import { starter } from '../../../../../src/providers/ssh/jobs/starter';
import { readJob } from '../../../../fakes/jobSpec';

const home = mkdtempSync(join(tmpdir(), "trainyard 'home' "));
const launcher = join(home, '.trainyard/jobs/job-1/launcher');
mkdirSync(launcher, { recursive: true });
writeFileSync(join(launcher, 'host.sh'), 'printf "%s %s\\n" "$1" "$2"; env -0\n');
afterAll(() => {
  rmSync(home, { recursive: true });
});

function start(envs: Readonly<Record<string, string>>, secrets: ReadonlyMap<string, string> = new Map()) {
  const { spec } = readJob('num_nodes: 2\nrun: echo');
  const submission = {
    id: 'job-1',
    spec: { ...spec, envs },
    secrets,
    folder: '',
    baseFolder: '',
    onProgress: () => undefined,
  };
  const [share] = dealOut('job-1', 2, ['a', 'b']);
  if (!share) throw new Error('No share');
  return starter(submission, {
    share,
    probe: parseProbe('a', `home ${home}\n`),
    networkInterface: 'eth0',
    rendezvous: { ips: ['10.0.0.1', '10.0.0.2'], port: 21_000, interfaces: [] },
    gpusPerNode: 0,
  });
}

function seen(script: string, shell = 'sh'): ReadonlyMap<string, string> {
  const output = execFileSync(shell, ['-s'], { input: script, env: { PATH: process.env.PATH } }).toString();
  const [first = '', ...rest] = output.split('\n');
  expect(first).toBe('begin job-1');
  return new Map(
    rest
      .join('\n')
      .split('\0')
      .filter((pair) => pair.includes('='))
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

test('every value reaches the job’s processes as it is, through sh and bash', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !value.includes('\0'));
  fc.assert(
    fc.property(fc.array(text, { minLength: 50, maxLength: 100 }), (values) => {
      const envs = Object.fromEntries(values.map((value, index) => [`V${index}`, value]));
      for (const shell of ['sh', 'bash']) {
        const env = seen(start(envs), shell);
        values.forEach((value, index) => {
          expect(env.get(`V${index}`)).toBe(Buffer.from(value).toString());
        });
      }
    }),
    { numRuns: 10 },
  );
});

test('a script that is cut off anywhere starts nothing', () => {
  const script = start({ A: "it's", B: 'two\nlines' }, new Map([['SECRET', 'x y']]));
  for (let length = 0; length < script.length - 1; length += 7) {
    let output = '';
    try {
      output = execFileSync('sh', ['-s'], {
        input: script.slice(0, length),
        stdio: ['pipe', 'pipe', 'ignore'],
      }).toString();
    } catch {
      // A quote that was not closed.
    }
    expect(output).not.toContain('begin job-1\n');
  }
});

test('the nodes know each other, and the job’s own choice of an interface holds', () => {
  const env = seen(start({ NCCL_SOCKET_IFNAME: 'ib0', TRAINYARD_RUN: '/bin/evil' }));
  expect(env.get('NCCL_SOCKET_IFNAME')).toBe('ib0');
  expect(env.get('GLOO_SOCKET_IFNAME')).toBe('eth0');
  expect(env.get('TRAINYARD_NODE_IPS')).toBe('10.0.0.1\n10.0.0.2');
  expect(env.get('TRAINYARD_HOST_NODES')).toBe('1');
  expect(env.has('TRAINYARD_RUN')).toBe(false);
});

test('a value with a NUL is refused, for no program can be given it', () => {
  expect(() => start({ NUL: 'a\0b' })).toThrow('NUL');
});
