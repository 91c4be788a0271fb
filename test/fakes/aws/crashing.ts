import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';

/**
 * Starts a built `program` (`bundle`) that may kill itself in the middle of its act, and waits until it is about to begin. What this gives lets
 * it, and gives what it said in the end, which is nothing where it killed itself.
 */
export async function actor(
  program: string,
  words: readonly string[],
): Promise<() => Promise<string | undefined>> {
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Most of its time is spent on reading the SDK.
    env: { ...process.env, NODE_COMPILE_CACHE: join(dirname(program), 'cache') },
  });
  const said: string[] = [];
  const lines = createInterface(child.stdout).on('line', (line) => said.push(line));
  const ended = once(child, 'close');
  await Promise.race([once(lines, 'line'), ended]);
  expect(child.exitCode).toBeNull();
  return async () => {
    child.stdin.write('go\n');
    const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
    expect(signal ?? code).toBe(said.length > 1 ? 0 : 'SIGKILL');
    return said[1];
  };
}

/** Makes a state folder that knows already what `from` has asked AWS: prices, types, quotas. */
export async function knowingHome(home: string, from: string | undefined): Promise<string> {
  await mkdir(home, { recursive: true });
  if (from !== undefined) await cp(join(from, 'aws'), join(home, 'aws'), { recursive: true });
  return home;
}
