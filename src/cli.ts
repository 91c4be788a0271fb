import { ensureModernNode } from './node/modernNode';

// First, because everything below needs node:sqlite, which older Node lacks.
await ensureModernNode(process.argv);

const { main } = await import('./cli/main');
const { noPrompts, noSecrets, terminalPrompts } = await import('./cli/prompts');
const { readSettings } = await import('./cli/settings');
const { openCore } = await import('./services/core');
const { stateFolder } = await import('./node/home');
const { providers } = await import('./providers/all');
const { fileURLToPath } = await import('node:url');

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    interrupt.abort();
  });

const interactive = process.stdin.isTTY && process.stderr.isTTY;
const asking = {
  in: process.stdin,
  err: process.stderr,
  interrupt: () => {
    interrupt.abort();
  },
};

process.exitCode = await main(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  in: process.stdin,
  interactive,
  env: process.env,
  cwd: process.cwd(),
  interrupted: interrupt.signal,
  now: Date.now,
  async openCore(log) {
    const home = stateFolder();
    return openCore({
      home,
      providers,
      log,
      setting: await readSettings(home),
      now: Date.now,
      remoteFolder: fileURLToPath(new URL('./remote', import.meta.url)),
      prompts: interactive ? terminalPrompts(asking) : noPrompts,
      secrets: noSecrets,
      trusted: () => true,
      workersFolder: fileURLToPath(new URL('./workers', import.meta.url)),
    });
  },
});
