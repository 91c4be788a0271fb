import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTelemetry, levelOf, rankOf } from '../../../src/core/lineClass';
import { LineScanner } from '../../../src/services/logStore/lineScanner';

/** What each line of a log is: level, then rank or `telemetry`. */
function classes(text: string, cut: readonly number[] = []): string[] {
  const scanner = new LineScanner();
  const bytes = new Uint8Array(Buffer.from(text));
  const found: string[] = [];
  let from = 0;
  for (const to of [...cut, bytes.length]) {
    for (const word of scanner.push(bytes.slice(from, to)).classes) found.push(words(word));
    from = to;
  }
  return found;
}

function words(word: number): string {
  if (isTelemetry(word)) return 'telemetry';
  const rank = rankOf(word);
  return rank === undefined ? levelOf(word) : `${levelOf(word)} ${rank}`;
}

describe('the level of a line', () => {
  test.each([
    ['2026-11-25 22:33:44,120 - trainer - INFO - step 12', 'info'],
    ['2026-11-25 22:33:44,120 trainer WARNING lr is high', 'warning'],
    ['[2026-11-25 22:33:44] [ERROR] CUDA error', 'error'],
    ['DEBUG:urllib3.connectionpool:GET /', 'debug'],
    ['\u001b[31mERROR\u001b[0m: it broke', 'error'],
    ['E1125 22:33:44.120 4242 rendezvous.py:88] gone', 'error'],
    ['W1125 22:33:44.120 4242 run.py:1] OMP_NUM_THREADS', 'warning'],
    ['I1125 22:33:44.120 4242 run.py:1] started', 'info'],
    ['ValueError: shapes do not match', 'error'],
    ['torch.cuda.OutOfMemoryError: CUDA out of memory', 'error'],
    ['/venv/lib/x.py:12: UserWarning: old', 'warning'],
    ['kernel.cu(12): error: expected a ";"', 'error'],
    ['error: subprocess-exited-with-error', 'error'],
    ['fatal: not a git repository', 'error'],
    ['time=2026 level=warn msg="slow"', 'warning'],
    ['{"level": "info", "loss": 0.3}', 'info'],
    ['{"severity":"ERROR","message":"x"}', 'error'],
    ['[info] listening', 'info'],
    // The first word counts, and words in a message or within others don't.
    ['INFO retry after ERROR', 'info'],
    ['test error 0.231 at step 12', 'none'],
    ['epoch 3: error 0.12', 'none'],
    ['TERROR and WARNINGS', 'none'],
    ['INFORMATION', 'none'],
    ['model.ERROR_CODE = 3', 'none'],
    [`${'x'.repeat(200)} ERROR`, 'none'],
    ['', 'none'],
    ['step 12 loss 0.31', 'none'],
  ])('%s is %s', (line, level) => {
    expect(classes(`${line}\n`)).toEqual([level]);
  });

  test('a traceback is an error to its last line, also between the lines of another rank', () => {
    const text = [
      'starting',
      '[rank1]: Traceback (most recent call last):',
      '[rank0]: step 3',
      '[rank1]:   File "train.py", line 3, in <module>',
      '[rank0]:   indented, of nobody',
      '[rank1]:     main()',
      '[rank1]: Boom',
      '[rank1]: bye',
      '',
    ].join('\n');
    expect(classes(text)).toEqual([
      'none',
      'error 1',
      'none 0',
      'error 1',
      'none 0',
      'error 1',
      'error 1',
      'none 1',
    ]);
  });

  test('lines below a warning that are indented belong to it', () => {
    expect(classes('x.py:1: UserWarning: old\n  warnings.warn("old")\nnext\n  more\n')).toEqual([
      'warning',
      'warning',
      'none',
      'none',
    ]);
  });
});

test('a rank is what the prefix of torchrun or PyTorch names', () => {
  expect(
    classes('[rank7]: a\n[default3]:b\n[default0]:[rank12]: ERROR c\n[rank]: d\n[rank99999]: e\n'),
  ).toEqual(['none 7', 'none 3', 'error 12', 'none', 'none']);
});

test('only a valid telemetry line is one', () => {
  const good = '##trainyard {"v":1,"kind":"metric","name":"loss","value":1}';
  expect(classes(`${good}\n##trainyard {"v":1\n##trainyard \n ${good}\n`)).toEqual([
    'telemetry',
    'none',
    'none',
    'none',
  ]);
});

test('of a line that rewrites itself, what it shows counts', () => {
  expect(classes('ERROR\r 10%\r 20%\n 1%\rERROR: at 2%\r\n')).toEqual(['none', 'error']);
});

test('a line that may become a telemetry line counts as one while it is torn, and any other for what it is', () => {
  const torn = (text: string) => words(new LineScanner().push(Buffer.from(text)).torn);
  expect(['##', '##trainyard {"v"', '##no', 'ERROR ab', '', 'x\n'].map(torn)).toEqual([
    'telemetry',
    'telemetry',
    'none',
    'error',
    'none',
    'none',
  ]);
});

test('it does not matter where chunks are cut', () => {
  const line = fc.oneof(
    fc.constantFrom('Traceback (most recent call last):', '  File "x"', 'ValueError: no', '[rank3]: ERROR x'),
    fc.constantFrom(
      '##trainyard {"v":1,"kind":"phase","phase":"a"}',
      'INFO ok\r',
      'a\rWARN b',
      '',
      'plain é',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\n', ' ')),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 8 }), (lines, cuts) => {
      const text = lines.map((one) => `${one}\n`).join('');
      const { length } = Buffer.from(text);
      const sorted = cuts.map((at) => Math.min(at, length)).sort((a, b) => a - b);
      expect(classes(text, sorted)).toEqual(classes(text));
    }),
    { numRuns: 500 },
  );
});

test('a line of many megabytes in pieces is judged by its beginning', () => {
  const scanner = new LineScanner();
  const piece = new Uint8Array(1 << 20).fill(0x61);
  scanner.push(Buffer.from('[rank2]: ERROR '));
  for (let i = 0; i < 64; i++) scanner.push(piece);
  expect([...scanner.push(Buffer.from('\nnext\n')).classes].map(words)).toEqual(['error 2', 'none']);
});
