// Launches one EC2 instance and dies in the middle of it: node launchOnce.mjs HOME URL AT NAME SETTINGS. It kills itself when AT promises were made
// since the launch was begun, and else prints how many there were in the end, and the instance's id. Waits for a line on stdin before.
import { createHook } from 'node:async_hooks';
import { once } from 'node:events';
import type { LaunchSettings } from '../../../src/core/instance';
import { agreedLaunch, machinesAt } from '../aws/launching';

const [home = '', url = '', count = '', name = '', settings = ''] = process.argv.slice(2);
const { instances } = machinesAt(url, home);
const approval = await agreedLaunch(JSON.parse(settings) as LaunchSettings, name);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
let promises = 0;
createHook({
  init(_id, type) {
    if (type !== 'PROMISE') return;
    promises += 1;
    if (promises === Number(count)) process.kill(process.pid, 'SIGKILL');
  },
}).enable();
const id = await instances.launching.launch(approval, () => undefined, new AbortController().signal);
process.stdout.write(`${promises} ${id}\n`);
process.exit(0);
