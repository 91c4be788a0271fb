import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../webviews/comparePanel/runFilter';
import { aColumn, aRow } from './rows';

const columns = [
  aColumn('name'),
  aColumn('state'),
  aColumn('duration', { kind: 'duration' }),
  aColumn('cost', { kind: 'money' }),
  aColumn('started', { kind: 'time' }),
  aColumn('param:lr', { names: ['lr'] }),
  aColumn('param:optimizer'),
  aColumn('best:accuracy', { group: 'metric', kind: 'number', names: ['accuracy', 'best.accuracy'] }),
  aColumn('last:accuracy', { group: 'metric', kind: 'number', names: ['last.accuracy'] }),
];

const hour = 3600;
const rows = [
  aRow('resnet-a', {
    connection: 'local',
    duration: { value: hour, text: '1 h' },
    cost: { value: 2.5, text: '$2.50' },
    started: Date.parse('2026-03-02T10:00:00Z'),
    'param:lr': { value: 0.001, text: '1e-3' },
    'param:optimizer': 'AdamW',
    'best:accuracy': 0.95,
    'last:accuracy': 0.7,
  }),
  aRow(
    'vit-b',
    {
      connection: 'aws/us-east-1',
      duration: { value: 90, text: '1 m 30 s' },
      started: Date.parse('2026-02-01T10:00:00Z'),
      'param:lr': 0.1,
      'param:optimizer': 'SGD',
    },
    { state: 'failed', starred: true },
  ),
  aRow('mlp-c', { 'param:lr': 'auto', cost: 0 }, { name: 'my mlp' }),
];

function found(text: string, checked: readonly string[] = []): string[] | string {
  const filter = parseFilter(text, columns);
  if ('problem' in filter) return filter.problem;
  return rows.filter((row) => filter.matches(row, checked.includes(row.id))).map(({ id }) => id);
}

const all = rows.map(({ id }) => id);

describe('a filter', () => {
  test.each<[string, string[]]>([
    ['', all],
    ['  ', all],
    ['vit', ['vit-b']],
    ['VIT', ['vit-b']],
    ['FAILED', ['vit-b']],
    ['us-east', ['vit-b']],
    ['adam', ['resnet-a']],
    ['lr=0.1', ['vit-b']],
    ['"my mlp"', ['mlp-c']],
    ['my mlp', ['mlp-c']],
    ['vit resnet', []],
    ['starred', ['vit-b']],
    ['lr>0.01', ['vit-b']],
    ['lr<=0.001', ['resnet-a']],
    ['lr=1e-3', ['resnet-a']],
    ['lr=0.001', ['resnet-a']],
    ['lr=auto', ['mlp-c']],
    ['lr!=0.1', ['resnet-a', 'mlp-c']],
    ['optimizer:adam', ['resnet-a']],
    ['state:fail', ['vit-b']],
    ['name:"my m"', ['mlp-c']],
    ['accuracy>=0.9', ['resnet-a']],
    ['last.accuracy>=0.9', []],
    ['duration>=1h', ['resnet-a']],
    ['duration<1h30m', ['resnet-a', 'vit-b']],
    ['duration=90', ['vit-b']],
    ['cost>$1', ['resnet-a']],
    ['cost>1', ['resnet-a']],
    ['cost<1', ['mlp-c']],
    ['started>2026-03-01', ['resnet-a']],
    ['vit state:failed lr>0.01 starred', ['vit-b']],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  test('checked means those that are checked', () => {
    expect(found('checked', ['mlp-c'])).toEqual(['mlp-c']);
  });

  test.each<[string, string]>([
    ['lrr>1', 'There is no column “lrr”. Did you mean “lr”?'],
    ['zzz=1', 'There is no column “zzz”.'],
    ['lr>', '“lr>” needs a value after “>”.'],
    ['>1', '“>1” needs a name before “>”, such as lr>0.01.'],
    ['lr>fast', '“fast” is no number, and “lr” can only be compared with one by “>”.'],
    [
      'started>soon',
      '“soon” is no date, such as 2026-03-01, and “started” can only be compared with one by “>”.',
    ],
    ['duration>1y', '“1y” is no number, and “duration” can only be compared with one by “>”.'],
    ['"vit', 'A quotation mark (") has no partner.'],
  ])('%s is explained', (text, problem) => {
    expect(found(text)).toBe(problem);
  });

  test('a name that an object inherits is no column', () => {
    expect(found('constructor=1')).toBe('There is no column “constructor”.');
  });
});
