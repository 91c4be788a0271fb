import { describe, expect, it } from 'vitest';
import { CellOutputs, type CellOutput, type OutputEdit } from '../../../src/core/notebook/cellOutputs';
import type { CellRecord } from '../../../src/core/notebook/cellRecord';

const out = (text: string, name: 'stdout' | 'stderr' = 'stdout'): CellRecord => ({
  type: 'stream',
  name,
  text,
});
const show = (data: Record<string, unknown>, display?: string): CellRecord => ({
  type: 'display_data',
  data,
  metadata: {},
  ...(display !== undefined && { display }),
});
const update = (data: Record<string, unknown>, display: string): CellRecord => ({
  type: 'update_display_data',
  data,
  metadata: {},
  display,
});
const end = (status: Extract<CellRecord, { type: 'ended' }>['status'], exit?: number): CellRecord => ({
  type: 'ended',
  t: 0,
  status,
  ...(exit !== undefined && { exit }),
});
const text = (name: 'stdout' | 'stderr', value: string) => ({ kind: 'stream', name, text: value });
const shown = (data: string, display?: string) => ({
  kind: 'display_data',
  items: [{ mime: 'text/plain', data }],
  metadata: {},
  ...(display !== undefined && { display }),
});

/** What an editor has after all edits of several looks. */
function apply(looks: readonly (readonly OutputEdit[])[]): readonly CellOutput[] {
  let list: CellOutput[] = [];
  for (const edit of looks.flat()) {
    if (edit.kind === 'clear') list = [];
    else if (edit.kind === 'append') list.push(edit.output);
    else if (edit.kind === 'replace') list[edit.index] = edit.output;
    else {
      const before = list[edit.index];
      if (before?.kind === 'stream') list[edit.index] = { ...before, text: before.text + edit.text };
      expect(list[edit.index]).toEqual(edit.output);
    }
  }
  return list;
}

function after(records: readonly CellRecord[], each = records.length): readonly CellOutput[] {
  const model = new CellOutputs();
  const looks: (readonly OutputEdit[])[] = [];
  for (const [index, record] of records.entries()) {
    model.add(record);
    if ((index + 1) % each === 0) looks.push(model.take());
  }
  looks.push(model.take());
  return apply(looks);
}

const cases: readonly [string, readonly CellRecord[], readonly unknown[]][] = [
  [
    'queued and started show nothing',
    [
      { type: 'queued', t: 1 },
      { type: 'started', t: 2, count: 1 },
    ],
    [],
  ],
  ['stream text joins', [out('a'), out('b\n'), out('c')], [text('stdout', 'ab\nc')]],
  [
    'streams alternate',
    [out('a'), out('b', 'stderr'), out('c')],
    [text('stdout', 'a'), text('stderr', 'b'), text('stdout', 'c')],
  ],
  [
    'a display parts streams',
    [out('a'), show({ 'text/plain': 'x' }), out('b')],
    [text('stdout', 'a'), shown('x'), text('stdout', 'b')],
  ],
  ['progress bars', [out('1%\r'), out('2%\r'), out('3%\n')], [text('stdout', '3%\n')]],
  [
    'a result has its number',
    [{ type: 'execute_result', data: { 'text/plain': '42' }, metadata: {}, count: 7 }],
    [{ kind: 'execute_result', items: [{ mime: 'text/plain', data: '42' }], metadata: {}, count: 7 }],
  ],
  [
    'display updates',
    [show({ 'text/plain': 'a' }, 'd'), out('x'), update({ 'text/plain': 'b' }, 'd')],
    [shown('b', 'd'), text('stdout', 'x')],
  ],
  ['an update of a display that is not here', [update({ 'text/plain': 'b' }, 'far')], []],
  ['clear at once', [out('a'), { type: 'clear_output', wait: false }, out('b')], [text('stdout', 'b')]],
  [
    'clear that waits, with nothing behind it',
    [out('a'), { type: 'clear_output', wait: true }],
    [text('stdout', 'a')],
  ],
  [
    'clear that waits',
    [out('a'), { type: 'clear_output', wait: true }, show({ 'text/plain': 'b' })],
    [shown('b')],
  ],
  [
    'an error',
    [{ type: 'error', name: 'E', message: 'm', traceback: ['t'] }, end('error')],
    [{ kind: 'error', name: 'E', message: 'm', traceback: ['t'] }],
  ],
  ['help of an object', [{ type: 'page', data: { 'text/plain': 'doc' } }], [shown('doc')]],
  [
    'input and its answer show nothing',
    [
      { type: 'input', request: 1, prompt: 'p', password: true },
      { type: 'answered', request: 1 },
    ],
    [],
  ],
  ['an end that is well', [out('a'), end('ok')], [text('stdout', 'a')]],
  ['an end before its begin', [end('aborted')], []],
];

describe('A cell’s outputs', () => {
  it.each(cases)('%s', (_, records, expected) => {
    expect(after(records)).toEqual(expected);
  });

  it.each(cases)('are the same however often one looks: %s', (_, records, expected) => {
    for (const each of [1, 2, 3]) expect(after(records, each)).toEqual(expected);
  });

  it.each([
    [end('died', -9), 'out of memory'],
    [end('died', 3), 'code 3'],
    [end('died', -11), 'SIGSEGV'],
    [end('restarted'), 'did not come to its end'],
    [end('shutDown'), 'did not come to its end'],
    [end('serverDied'), 'kernels ended with it'],
    [end('rebooted'), 'run the cells that make them again'],
    [end('lost'), 'Run it again'],
  ])('say why a cell has no end of its own (%o)', (record, words) => {
    expect(after([out('kept'), record])).toEqual([
      text('stdout', 'kept'),
      expect.objectContaining({ kind: 'error', message: expect.stringContaining(words) as string }),
    ]);
  });

  it('hand over what displays show now that outputs of other cells may have, the last state only and once', () => {
    const model = new CellOutputs();
    for (const value of ['1', '2']) model.add(update({ 'text/plain': value }, 'far'));
    expect(model.take()).toEqual([]);
    expect([...model.takeUpdates()]).toEqual([['far', shown('2', 'far')]]);
    expect([...model.takeUpdates()]).toEqual([]);
  });

  it('grow by what came since the last look, and are few edits for many records', () => {
    const model = new CellOutputs();
    model.add(out('a'));
    model.take();
    for (let i = 0; i < 1000; i++) model.add(out('b'));
    expect(model.take()).toMatchObject([{ kind: 'extend', index: 0, text: 'b'.repeat(1000) }]);
    expect(model.take()).toEqual([]);
  });

  it('end where a cell prints without end, and say so', () => {
    const model = new CellOutputs();
    for (let i = 0; i < 40; i++) model.add(out('x'.repeat(1 << 20)));
    model.add(show({ 'text/plain': 'last' }));
    const [first, note, last] = apply([model.take()]);
    expect(first).toMatchObject({ text: 'x'.repeat(16 << 20) });
    expect(note).toMatchObject({ name: 'stderr', text: expect.stringContaining('left out') as string });
    expect(last).toEqual(shown('last'));
  });
});
