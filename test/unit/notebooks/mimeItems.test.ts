import { describe, expect, it } from 'vitest';
import { parseCellRecord } from '../../../src/core/notebook/cellRecord';
import { mimeItems } from '../../../src/core/notebook/mimeItems';
import { parseKernels, parseSpecs } from '../../../src/core/notebook/kernel';
import { parseFound } from '../../../src/services/notebooks/serverScript';

const widgetMime = 'application/vnd.jupyter.widget-view+json';

describe('Representations of a value', () => {
  it.each<[string, Record<string, unknown>, unknown]>([
    ['text', { 'text/plain': 'a' }, [{ mime: 'text/plain', data: 'a' }]],
    ['lines', { 'text/html': ['<b>', 'x</b>'] }, [{ mime: 'text/html', data: '<b>x</b>' }]],
    ['an image', { 'image/png': 'AQID\n' }, [{ mime: 'image/png', data: new Uint8Array([1, 2, 3]) }]],
    ['an SVG, which is text', { 'image/svg+xml': '<svg/>' }, [{ mime: 'image/svg+xml', data: '<svg/>' }]],
    ['JSON', { 'application/json': { a: 1 } }, [{ mime: 'application/json', data: '{"a":1}' }]],
    [
      'JSON of a vendor',
      { 'application/vnd.plotly.v1+json': { data: [] } },
      [{ mime: 'application/vnd.plotly.v1+json', data: '{"data":[]}' }],
    ],
    [
      'a widget, which is shown as what it is in text, whoever could draw it',
      {
        'text/plain': ['Int', 'Slider()'],
        [widgetMime]: { model_id: '1' },
        'text/html': '<script>1</script>',
      },
      [{ mime: 'text/plain', data: expect.stringMatching(/^IntSlider\(\)\nThis is a widget/) as string }],
    ],
    [
      'a widget that has no text',
      { [widgetMime]: { model_id: '1' } },
      [{ mime: 'text/plain', data: expect.stringMatching(/^This is a widget/) as string }],
    ],
    ['broken base64', { 'image/png': '%%%', 'text/plain': 'fig' }, [{ mime: 'text/plain', data: 'fig' }]],
    [
      'the editor’s own types, which a kernel must not send',
      { 'application/vnd.code.notebook.error': '{"name":"x"}', 'application/vnd.code.notebook.stdout': 'x' },
      [{ mime: 'text/plain', data: '' }],
    ],
    [
      'what is no type',
      { 'not a type': 'x', '../../x': 'y', 'text/plain': 5 },
      [{ mime: 'text/plain', data: '' }],
    ],
  ])('of %s', (_, bundle, items) => {
    expect(mimeItems(bundle)).toEqual(items);
  });
});

describe('What a machine says', () => {
  it.each([
    '',
    'x',
    'null',
    '[]',
    '{}',
    '{"type":"shell"}',
    '{"type":{}}',
    '{"type":"stream"',
    '"stream"',
    '{"type":"__proto__"}',
  ])('is no record where it is none: %s', (line) => {
    expect(parseCellRecord(line)).toBeUndefined();
  });

  it('is read field by field, whatever their types', () => {
    expect(parseCellRecord('{"type":"stream","name":7,"text":{"a":1}}')).toEqual({
      type: 'stream',
      name: 'stdout',
      text: '',
    });
    expect(parseCellRecord('{"type":"error","traceback":[1,"a"]}')).toEqual({
      type: 'error',
      name: '',
      message: '',
      traceback: ['', 'a'],
    });
    expect(parseCellRecord('{"type":"ended","status":"rebooted"}')).toEqual({
      type: 'ended',
      t: 0,
      status: 'error',
    });
    expect(parseCellRecord('{"type":"display_data","data":[1],"transient":{"display_id":5}}')).toEqual({
      type: 'display_data',
      data: {},
      metadata: {},
    });
  });

  it('of kernels leaves out those without a proper id', () => {
    const list = [{ id: '../../etc' }, { id: 'abcdefgh-1', state: 'odd', pid: 'x' }, null, 5];
    expect(parseKernels(list)).toMatchObject([{ id: 'abcdefgh-1', state: 'unknown', pid: null }]);
    expect(parseKernels({})).toEqual([]);
  });

  it('of kernel specs puts the default first', () => {
    const kernelspecs = {
      a: { spec: { display_name: 'A', language: 'python' } },
      b: { spec: { display_name: 'B' } },
    };
    expect(parseSpecs({ default: 'b', kernelspecs }).map(({ label }) => label)).toEqual(['B', 'A']);
  });

  it('of its server counts only where port, process and token are there', () => {
    const server = (port: unknown) => JSON.stringify({ port, pid: 7, started: '9', boot: 'b', hash: 'h' });
    const token = `token ${'a'.repeat(48)}`;
    expect(parseFound(`server ${server(8888)}\n${token}\n`).running).toMatchObject({ port: 8888, pid: 7 });
    expect(parseFound(`server ${server(0)}\n${token}\n`).running).toBeUndefined();
    expect(parseFound(`server ${server('8888; rm')}\n${token}\n`).running).toBeUndefined();
    expect(parseFound(`server ${server(8888)}\ntoken $(id)\n`).running).toBeUndefined();
    expect(parseFound('python /usr/bin/python3 3.11.2 1 0 1\npython evil 3 1 1 1\nfree 100\n')).toEqual({
      pythons: [{ path: '/usr/bin/python3', version: '3.11.2', server: true, kernel: false, venv: true }],
      freeBytes: 102_400,
    });
  });
});
