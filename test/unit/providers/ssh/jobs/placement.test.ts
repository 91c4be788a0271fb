import { expect, test } from 'vitest';
import { dealOut } from '../../../../../src/providers/ssh/jobs/placement';
import { parseProbe } from '../../../../../src/providers/ssh/jobs/hostProbe';
import { rendezvous } from '../../../../../src/providers/ssh/jobs/rendezvous';
import { mountProblem } from '../../../../../src/providers/launched/mountProblem';

test.each([
  [1, ['a'], [['a', 'job', 0, 1]]],
  [4, ['a'], [['a', 'job', 0, 4]]],
  [1, ['a', 'b'], [['a', 'job', 0, 1]]],
  [
    2,
    ['a', 'b'],
    [
      ['a', 'job', 0, 1],
      ['b', 'job.1', 1, 1],
    ],
  ],
  [
    5,
    ['a', 'b', 'c'],
    [
      ['a', 'job', 0, 2],
      ['b', 'job.1', 2, 2],
      ['c', 'job.2', 4, 1],
    ],
  ],
])('%s nodes on %j: %j', (nodes, aliases, expected) => {
  expect(
    dealOut('job', nodes, aliases).map(({ alias, job, first, nodes: share }) => [alias, job, first, share]),
  ).toEqual(expected);
});

const host = (lines: string) =>
  parseProbe('gpu-1', `home /home/me\nnow 1700000000000\nport 21000\ncpus 4\nmemory 1000\n${lines}`);

test('a host that lacks what jobs need is refused, by the names', () => {
  expect(() => host('missing tar\nmissing awk\n')).toThrow('Jobs need tar, awk on gpu-1. Install them there');
  expect(() => parseProbe('gpu-1', 'Welcome!\n')).toThrow('makes no sense: Welcome!');
});

test('what a host says of its GPUs is read as nvidia-smi says it', () => {
  const { hardware } = host('gpu 0, NVIDIA A100-SXM4-80GB, 81920\ngpu 1, [GPU is lost], 1\n');
  expect(hardware).toMatchObject({ cpus: 4, gpus: [{ index: 0, name: 'NVIDIA A100-SXM4-80GB' }] });
  expect(host('gpuProblem nvidia-smi does not answer.\n').hardware.gpuProblem).toContain('does not answer');
});

const two = dealOut('job', 3, ['a', 'b']);
const at = (boot: string, address: string, outer: string) =>
  host(`boot ${boot}\naddress ${address}\nouter ${outer}\ninterface eth0 ${outer}\ninterface lo 127.0.0.1\n`);

test.each([
  [
    'an address that their network knows',
    at('1', '10.0.0.1', '10.0.0.1'),
    at('2', '10.0.0.2', '10.0.0.2'),
    ['10.0.0.1', '10.0.0.1', '10.0.0.2'],
    ['eth0', 'eth0'],
  ],
  [
    'a tunnel',
    at('1', '127.0.0.1', '10.0.0.1'),
    at('2', '::1', '10.0.0.2'),
    ['10.0.0.1', '10.0.0.1', '10.0.0.2'],
    ['eth0', 'eth0'],
  ],
  [
    'one machine',
    at('1', '127.0.0.1', '10.0.0.1'),
    at('1', '127.0.0.2', '10.0.0.1'),
    ['127.0.0.1', '127.0.0.1', '127.0.0.2'],
    ['lo', 'lo'],
  ],
])('two hosts behind %s find each other', (_, first, second, ips, interfaces) => {
  expect(rendezvous(two, [first, second])).toEqual({ ips, port: 21000, interfaces });
});

test('nodes of one host need no network', () => {
  expect(rendezvous(dealOut('job', 2, ['a']), [at('1', '10.0.0.1', '10.0.0.1')]).ips).toEqual([
    '127.0.0.1',
    '127.0.0.1',
  ]);
});

test.each([
  ['data', true],
  ['./a/b', true],
  ['/data', true],
  ['~/data', true],
  ['~', true],
  ['~other/data', false],
  ['../up', false],
  ['a/../../up', false],
  ['a\\b', false],
])('a mount to %s is possible: %s', (destination, possible) => {
  expect(mountProblem(destination) === undefined).toBe(possible);
});
