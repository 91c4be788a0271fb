import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeAt } from '../../../src/core/jobSpec/completion';
import { hoverAt } from '../../../src/core/jobSpec/hover';
import { readJobFile } from '../../../src/core/jobSpec/jobFile';
import { redactJobFile } from '../../../src/core/jobSpec/redact';
import { fixtureNames, fixtureText } from './fixtures';

/** Seconds of CPU, so that a busy machine does not count. Generous: what is tested is that the work is bounded. */
const limit = 10;

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

const hostile: Record<string, string> = {
  'a billion laughs': `a: &a0 [x, x]\n${lines(40, (i) => `a${i}: &a${i + 1} [*a${i}, *a${i}]`)}`,
  'laughing maps': `a: &a0 {x: y}\n${lines(40, (i) => `a${i}: &a${i + 1} {a: *a${i}, b: *a${i}}`)}`,
  'an alias in itself': 'a: &a [*a]',
  'brackets without end': '['.repeat(250_000),
  'braces without end': '{a: '.repeat(60_000),
  'dashes without end': '- '.repeat(120_000),
  'question marks': '? '.repeat(80_000),
  'deep blocks': lines(700, (i) => `${' '.repeat(i)}a:`),
  'ten megabytes': 'run: x\n'.repeat(1_500_000),
  quotes: '"'.repeat(250_000),
  'a NUL byte': 'run: a\0b',
  'half a surrogate pair': 'run: \ud800',
  tabs: '\trun:\tx\n',
  'many documents': '---\nrun: x\n'.repeat(20_000),
  'many unknown fields': lines(15_000, (i) => `key${i}: x`),
  'too many choices': `resources: {accelerators: {${lines(900, (i) => `A${i}: 1,`)}}, any_of: [${'{cpus: 1},'.repeat(900)}]}`,
  'all ports, often': `resources: {ports: [${'1-65535,'.repeat(2000)}]}`,
  'names of JavaScript': '__proto__: {a: 1}\nconstructor: x\nenvs: {__proto__: x, toString: y}',
};

describe.each(Object.entries(hostile))('%s', (_, text) => {
  it('ends soon, and with a problem at most', { timeout: 60_000 }, () => {
    const work = () => {
      readJobFile(text);
      completeAt(text, text.length);
      hoverAt(text, text.length >> 1);
      redactJobFile(text);
    };
    expect(cpuSeconds(work)).toBeLessThan(limit);
    const file = readJobFile(text);
    expect(file.valid).toBe(!file.problems.some(({ severity }) => severity === 'error'));
    expect(file.problems.length).toBeLessThanOrEqual(200);
  });
});

it('leaves JavaScript’s own names alone', () => {
  const file = readJobFile('envs: {__proto__: x, constructor: y}\nfile_mounts: {__proto__: /z}\nrun: x\n');
  expect(Object.entries(file.jobs[0]?.envs ?? {})).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  expect(({} as Record<string, unknown>).kind).toBeUndefined();
});

const whole = fixtureNames('whole', '.job.yaml').map((name) => fixtureText(`whole/${name}`));
const piece = fc.constantFrom(
  ...':-#[]{}"\'|>&*!%@`\t\n ,?=~<\\$'.split(''),
  '---\n',
  ': ',
  '- ',
  'null',
  '1',
  '<<: ',
);
const mutated = fc
  .tuple(
    fc.constantFrom(...whole),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 30 }), piece), { maxLength: 4 }),
  )
  .map(([text, edits]) =>
    edits.reduce((at, [position, cut, insert]) => {
      const start = position % (at.length + 1);
      return at.slice(0, start) + insert + at.slice(start + cut);
    }, text),
  );

describe.each([
  ['any text', fc.string({ unit: 'binary', maxLength: 200 })],
  ['a job file with random edits', mutated],
])('%s', (_, texts) => {
  it('is read without an exception, and problems lie inside it', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const file = readJobFile(text);
        for (const { start, end, line, column, message } of file.problems) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
          const before = text.slice(0, start).split(/\r\n|\n|\r/);
          expect([line, column]).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1]);
          expect(message).not.toMatch(/undefined|\[object/);
        }
        expect(file.valid).toBe(!file.problems.some(({ severity }) => severity === 'error'));
        expect(JSON.parse(JSON.stringify(file.jobs))).toEqual(file.jobs);
        expect(readJobFile(text)).toEqual(file);
        redactJobFile(text);
      }),
      { numRuns: 500 },
    );
  });
});

it('has one canonical form for a job however it is laid out', () => {
  const json = fc.record({
    name: fc.constantFrom('a', 'b-1'),
    num_nodes: fc.integer({ min: 1, max: 9 }),
    envs: fc.dictionary(fc.constantFrom('A', 'B', 'C_1'), fc.string({ unit: 'grapheme-ascii' })),
    run: fc.string({ unit: 'grapheme-ascii' }),
    resources: fc.record({
      cpus: fc.integer({ min: 1, max: 64 }),
      labels: fc.dictionary(fc.constantFrom('x', 'y'), fc.string({ unit: 'grapheme-ascii' })),
    }),
  });
  fc.assert(
    fc.property(json, (job) => {
      const oneLine = readJobFile(JSON.stringify(job));
      expect(oneLine.problems).toEqual([]);
      const turned = Object.fromEntries(Object.entries(job).reverse());
      expect(readJobFile(`# same\n${JSON.stringify(turned, null, 2)}\n`).jobs).toEqual(oneLine.jobs);
      expect(oneLine.jobs).toMatchObject([{ name: job.name, envs: job.envs, run: job.run }]);
    }),
  );
});
