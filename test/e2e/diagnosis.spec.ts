import { writeFileSync } from 'node:fs';
import { atGate, cliSubmit, jobPath, jobRow, newGate, write } from './harness/jobs';
import type { Editor } from './harness/editor';
import { RunPanel } from './harness/runPanel';
import { expect, test } from './harness/test';

const second = 1000;

/** What a launcher on a machine with an H100 would have written up to now: setup, then a run whose GPU waits for one Python process. */
function history(minutes: number): object[] {
  const now = Date.now() - 2 * second;
  const start = now - minutes * 60 * second;
  const records: object[] = [
    { kind: 'phase', t: start - 60 * second, phase: 'setup', state: 'start' },
    { kind: 'phase', t: start, phase: 'setup', state: 'end' },
    { kind: 'phase', t: start, phase: 'run', state: 'start' },
  ];
  for (let t = start; t < now; t += 2 * second) {
    const step = (t - start) / (2 * second);
    const wave = Math.sin(step / 3);
    const cores = Array.from({ length: 16 }, (_, core) => (core === 5 ? 98 + (step % 3) : 4 + (core % 4)));
    records.push(
      {
        kind: 'host',
        t,
        cpu: 11 + wave,
        iowait: 0.4,
        cores,
        memUsed: 21e9,
        memTotal: 128e9,
        netIn: 9e5,
        netOut: 2e5,
      },
      {
        ...{ kind: 'gpu', t, gpu: 0, name: 'NVIDIA H100 80GB HBM3', util: Math.round(23 + 1.4 * wave) },
        ...{ memUsed: 11.4e9, memTotal: 85.5e9, power: 190 },
      },
    );
    if (step % 5 === 0) records.push({ kind: 'metric', t, name: 'loss', value: 2 / (1 + step / 60), step });
  }
  return records;
}

/** In place of what this computer's own launcher wrote, which has no GPU; what it writes later comes after it. */
function replaceTelemetry(editor: Editor, id: string, records: readonly object[]): void {
  const lines = records.map((record) => `##trainyard ${JSON.stringify({ v: 1, node: 0, ...record })}\n`);
  writeFileSync(jobPath(editor, id, 'nodes/0/telemetry'), lines.join(''));
}

test('a run that waits for its input says so, with its evidence and what to try, by keyboard', async ({
  editor,
}) => {
  const gate = newGate(editor, 'slow-input');
  write(editor, 'slow-input.job.yaml', `name: slow-input\nrun: |\n  echo training\n  ${atGate(gate)}\n`);
  const id = await cliSubmit(editor, 'slow-input.job.yaml');
  await expect(await jobRow(editor, 'slow-input')).toContainText('local');
  replaceTelemetry(editor, id, history(6));
  const panel = await RunPanel.open(editor, 'slow-input');
  const { frame } = panel;
  const card = frame.locator('diagnosis-card');
  await expect(
    card.getByRole('heading', { name: /Input-bound: GPU 2\d %, one CPU core at 9\d % for [56] m/ }),
  ).toBeVisible();
  await expect(card.getByRole('status')).toContainText('Input-bound');
  await expect(card.locator('.hints')).toContainText(/num_workers=\d+/);
  await expect(card.locator('.right-size')).toHaveCount(0);

  const evidence = card.getByRole('button', { name: 'Evidence' });
  await evidence.focus();
  await editor.page.keyboard.press('Enter');
  await expect(evidence).toHaveAttribute('aria-expanded', 'true');
  await expect(card.getByRole('row', { name: /Busiest core/ })).toContainText('%');
  await editor.screenshots('diagnosis-live', async () => {
    await expect(card.getByRole('row', { name: /Busiest core/ })).toBeVisible();
  });

  await card.getByRole('button', { name: 'Show in Metrics' }).click();
  await panel.expectTab('Metrics');
  await expect(frame.getByRole('button', { name: 'show all' })).toBeVisible();
  await panel.show('Overview');
  gate.open();
  await panel.expectState('succeeded');
});

test('after a run its right size is told, with prices and their age; a run without GPUs says nothing', async ({
  editor,
}) => {
  write(editor, 'sized.job.yaml', 'name: sized\nrun: echo done\n');
  const id = await cliSubmit(editor, 'sized.job.yaml');
  const plain = await RunPanel.open(editor, 'sized');
  await plain.expectState('succeeded');
  await expect(plain.frame.locator('.tail .row')).not.toHaveCount(0);
  await expect(plain.frame.locator('diagnosis-card')).toHaveText(/^\s*$/);

  await editor.run('View: Close All Editors');
  replaceTelemetry(editor, id, history(12));
  const panel = await RunPanel.open(editor, 'sized');
  const card = panel.frame.locator('diagnosis-card');
  await expect(card.locator('.right-size h2')).toHaveText(/Right size: the least that would do/);
  await expect(card.locator('.right-size-facts')).toContainText('11 GB of 86 GB (13 %)');
  await expect(card.locator('.choices')).toContainText(/aws g6e\.xlarge\s+1 × L40S, 48 GB/);
  await expect(card.locator('.choices')).toContainText(
    /≈ \$1\.86\/h, list price of us-east-1, 2026-07-20 \(.*old\)/,
  );
  // This computer's price is 0, of which nothing can be saved.
  await expect(card.locator('.saves')).toHaveCount(0);
  await expect(card.locator('.right-size')).toContainText('The GPU waited for input');
  await card.locator('summary').focus();
  await editor.page.keyboard.press('Enter');
  await expect(card.locator('.caveats')).toContainText(
    'Less memory bandwidth: 864 GB/s, this H100 has 3,350.',
  );
  await editor.screenshots('diagnosis-ended', async () => {
    await card.locator('.right-size').scrollIntoViewIfNeeded();
  });
});
