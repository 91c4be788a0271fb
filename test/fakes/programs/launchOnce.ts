// Launches one EC2 instance and dies in the middle of it: node launchOnce.mjs HOME URL AT NAME SETTINGS. It kills itself when AT promises were
// made since the launch was begun. With 0 it prints how many there were when its intent was there last, how many in the end, and the
// instance's id. Waits for a line on stdin before.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchSettings } from '../../../src/core/instance';
import { agreedLaunch, machinesAt } from '../aws/launching';
import { dyingAt } from './dying';

const [home = '', url = '', count = '', name = '', settings = ''] = process.argv.slice(2);
const { instances } = machinesAt(url, home);
const approval = await agreedLaunch(JSON.parse(settings) as LaunchSettings, name);
let open = 0;
const promises = await dyingAt(Number(count), (soFar) => {
  if (count === '0' && isOpen()) open = soFar;
});
const id = await instances.launching.launch(approval, () => undefined, new AbortController().signal);
process.stdout.write(`${open} ${promises()} ${id}\n`);
process.exit(0);

/** Whether its end is not written down yet. */
function isOpen(): boolean {
  const folder = join(home, 'aws', 'launches');
  return existsSync(folder) && readdirSync(folder).length > 0;
}
