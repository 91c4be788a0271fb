import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { MachineEditor } from './harness/machines';
import { choose, press } from './harness/rows';

const host = (name: string) => `Host ${name}\n  HostName 127.0.0.9\n  User ana\n`;

test('the Machines view looks right when it is empty, long, broken and narrow, in every theme', async () => {
  const gpu = await SshdServer.start();
  // Otherwise it would show what a sampler of this computer's own user saw before.
  mkdirSync(join(gpu.home, 'memory'));
  appendFileSync(
    join(gpu.home, '.bashrc'),
    'export TRAINYARD_SAMPLER_ROOT="$HOME/memory" TRAINYARD_SAMPLER_LINGER=2\n',
  );
  const machines = await MachineEditor.start('', { 'trainyard.ssh.hourlyUsd': { 'gpu-1': 6.2 } });
  const { editor, config } = machines;
  try {
    await expect(editor.view('Machines')).toContainText('Add Machine or AWS Account…');
    await editor.screenshots('machines-empty');

    const known = gpu.configText('gpu-1');
    const broken = gpu.configText('unreachable').replace(/Port \d+/, 'Port 1');
    const long = host('a-gpu-machine-with-a-name-as-long-as-cloud-consoles-give-them-0123456789.eu-west-1');
    writeFileSync(config, [known, broken, long].join('\n'));
    await press(machines.row('gpu-1'), 'Attach to Machine…', machines.attachedIcon('gpu-1'));
    await press(machines.row('unreachable'), 'Attach to Machine…', editor.notification('unreachable'));
    await machines.row('unreachable').click();
    await editor.screenshots('machines-error');
    await editor.run('Notifications: Clear All Notifications');
    await editor.screenshots('machines-three');
    const panel = editor.panel();
    const alert = panel.getByRole('alert').filter({ hasText: 'nothing listens there' });
    await choose(machines.row('unreachable'), 'Watch Machine', alert);
    await editor.screenshots('machine-error');
    await choose(machines.row('a-gpu-machine'), 'Watch Machine', panel.getByText('Not attached'));
    await editor.screenshot('machine-long.dark');
    await choose(machines.row('gpu-1'), 'Watch Machine', panel.getByText('No GPU was found'));
    await expect(panel.locator('canvas').first()).toBeVisible();
    await editor.screenshot('machine-no-gpu.dark');
    await editor.clear();
    await machines.show();

    writeFileSync(
      config,
      [known, ...Array.from({ length: 60 }, (_, index) => host(`gpu-node-${index}`))].join('\n'),
    );
    await expect(machines.row('Others (60)')).toBeVisible();
    await expect(machines.row('Attached (1)')).toBeVisible();
    await editor.screenshots('machines-sixty');

    await editor.page.setViewportSize({ width: 620, height: 900 });
    await editor.screenshot('machines-narrow.dark');
    await editor.page.setViewportSize({ width: 1400, height: 900 });

    writeFileSync(config, Array.from({ length: 500 }, (_, index) => host(`gpu-node-${index}`)).join('\n'));
    const start = performance.now();
    await expect(machines.row(/(Others|All) \(\d+\)/)).toContainText(/50\d|499|500/);
    expect(performance.now() - start).toBeLessThan(5_000);
  } finally {
    await machines.stop();
    await gpu.stop();
  }
});
