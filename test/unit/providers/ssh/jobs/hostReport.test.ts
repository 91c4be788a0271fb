import { expect, test } from 'vitest';
import { parseReport, type HostReport } from '../../../../../src/providers/ssh/jobs/hostReport';
import { mergedStatus, peersToTell, type HostPart } from '../../../../../src/providers/ssh/jobs/mergedStatus';

const exit = (fields: object) =>
  JSON.stringify({ v: 1, t: 500, node: 0, kind: 'exit', code: 0, reason: 'run finished', ...fields });

test('a report is read line by line, and what it does not know is left out', () => {
  const text = `claim started 1700\nstop\nnode 0 launched run\nnode 1 - -\nend 2 10 20 ${exit({ code: 7, reasonKind: 'exit' })}\nnode x launched run\nodd\n`;
  const report = parseReport(text);
  expect(report).toMatchObject({ claim: 'started', startedAt: 1700, stopAsked: true });
  expect(report?.nodes).toMatchObject([
    { rank: 0, launched: true, phase: 'run' },
    { rank: 1, launched: false },
    { rank: 2, exit: { code: 7 } },
  ]);
  expect(report?.sizes.get(2)).toEqual({ log: 10, telemetry: 20 });
});

test.each(['', 'welcome to gpu-1\n', 'claim maybe -\n', 'claim started 12x\n'])('%j is no report', (text) => {
  expect(parseReport(text)).toBeUndefined();
});

test('an exit file that makes no sense is an end nobody can explain', () => {
  for (const line of ['', 'half {"kind":"ex', '{"kind":"gpu"}', 'x'.repeat(100_000)])
    expect(parseReport(`claim started 1\nend 0 0 0 ${line}\n`)?.nodes).toMatchObject([
      { exit: { reasonKind: 'lost' } },
    ]);
});

const share = (index: number, more: object = {}) => ({
  alias: `host-${index}`,
  job: `job.${index}`,
  first: index,
  nodes: 1,
  skew: 0,
  ...more,
});
function reported(text: string): HostReport {
  const report = parseReport(text);
  if (!report) throw new Error(`No report: ${text}`);
  return report;
}

const part = (index: number, text: string, more: object = {}): HostPart => ({
  share: share(index, more),
  report: reported(text),
});

test('times are on this computer’s clock', () => {
  const status = mergedStatus([
    part(0, `claim started 1000\nend 0 0 0 ${exit({ t: 3000 })}\n`, { skew: 5000 }),
    part(1, `claim started 9000\nend 1 0 0 ${exit({ t: 9500 })}\n`, { skew: -2000 }),
  ]);
  expect(status).toMatchObject({ state: 'succeeded', startedAt: 6000, endedAt: 8000 });
});

test.each([
  ['failed by itself', exit({ code: 1, reasonKind: 'exit' }), 1],
  ['was stopped by its own limit', exit({ code: 143, reasonKind: 'max_duration' }), 1],
  ['was lost', exit({ code: 137, signal: 'SIGKILL', reasonKind: 'lost' }), 1],
  ['succeeded', exit({}), 0],
  ['was ended because of another', exit({ code: 143, reasonKind: 'peer' }), 0],
])('when a node %s, so many other hosts are told: %s', (_, line, told) => {
  const parts = [
    part(0, `claim started 1\nend 0 0 0 ${line}\n`),
    part(1, 'claim started 1\nnode 1 launched run\n'),
    part(2, `claim started 1\nend 2 0 0 ${exit({})}\n`),
  ];
  const found = peersToTell(parts);
  expect(found.map(({ part: { share: to }, rank }) => [to.alias, rank])).toEqual(
    told === 1 ? [['host-1', 0]] : [],
  );
});

test('a host that was given up or wiped has lost its nodes', () => {
  for (const text of ['claim none -\n', 'claim aborted -\n'])
    expect(mergedStatus([part(0, `claim started 1\nend 0 0 0 ${exit({})}\n`), part(1, text)])).toMatchObject({
      state: 'failed',
      exit: { node: 1, reason: 'The job’s folder is gone from host-1.' },
    });
});
