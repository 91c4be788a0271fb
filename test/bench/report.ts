import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { repository } from '../e2e/harness/workspace';
import type { Bench, Row } from './row';

/**
 * Runs each benchmark and prints its rows as they come; when `whole`, also writes RESULTS.md. One that throws is reported and
 * the others go on.
 */
export async function report(benches: Readonly<Record<string, Bench>>, whole: boolean): Promise<void> {
  const rows: Row[] = [];
  const failures: string[] = [];
  for (const [name, bench] of Object.entries(benches)) {
    try {
      for (const row of await bench()) {
        rows.push(row);
        console.log(cells(row).join(' | '));
      }
    } catch (error) {
      process.exitCode = 1;
      failures.push(name);
      console.error(`${name} failed:`, error);
    }
  }
  rows.sort((a, b) => (a.number ?? 99) - (b.number ?? 99));
  const text = document(rows, failures);
  console.log(`\n${text}`);
  if (whole) writeFileSync(join(repository, 'test', 'bench', 'RESULTS.md'), text);
}

const heads = ['#', 'metric', 'ours', 'peer, limit', 'ratio (ours / peer)', 'target', 'met'];

function document(rows: readonly Row[], failures: readonly string[]): string {
  const line = (columns: readonly string[]) => `| ${columns.join(' | ')} |`;
  const processors = cpus();
  return [
    '# Benchmarks',
    '',
    `\`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${processors.length} cores (${processors[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory, ${process.platform}, Node ${process.versions.node}.`,
    'Times on a shared machine vary; the ratios are the useful part.',
    '',
    line(heads),
    line(heads.map(() => '---')),
    ...rows.map((row) => line(cells(row))),
    '',
    ...rows.flatMap((row) => (row.note ? [`- ${row.metric}: ${row.note}.`] : [])),
    ...failures.map((name) => `- ${name} failed to run.`),
    '',
  ].join('\n');
}

function cells(row: Row): string[] {
  const { number, metric, ours, unit, peer, limit, target } = row;
  const met = target && ('atMost' in target ? ours <= target.atMost : ours >= target.atLeast);
  return [
    String(number ?? ''),
    metric,
    `${figure(ours)} ${unit}`,
    [peer?.name, limit].filter(Boolean).join('; ') || '–',
    peer ? figure(ours / peer.value) : '–',
    target ? `${'atMost' in target ? '≤' : '≥'} ${figure(Object.values(target)[0] ?? 0)} ${unit}` : '–',
    met === undefined ? '–' : met ? 'yes' : 'no',
  ];
}

/** Three digits that count. */
function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : Number(value.toPrecision(3)).toString();
}
