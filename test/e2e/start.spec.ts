import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from './harness/test';
import { repository } from './harness/workspace';

/** `npm start` without npm: the lines that it prints, and its end. */
function start(...words: string[]) {
  const child = spawn(process.execPath, [join(repository, 'scripts', 'start.mjs'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => lines.push(line));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, lines, ended };
}

async function takenPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return { server, port: address.port };
}

test.describe('npm start', () => {
  test('prints the address as its last line, answers there, and takes everything with it when it stops', async () => {
    const { server, port } = await takenPort();
    server.close();
    const { child, lines, ended } = start('--browser', '--port', String(port));
    await expect.poll(() => lines.at(-1)).toMatch(`http://127.0.0.1:${port}/?tkn=`);
    const address = lines.at(-1) ?? '';
    const answer = await fetch(address);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('workbench');
    expect((await fetch(new URL('/', address))).status).toBe(401);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    await expect(fetch(address)).rejects.toThrow();
    expect(lines.at(-1)).toBe(address);
  });

  test('names a port that is taken', async () => {
    const { server, port } = await takenPort();
    const { lines, ended } = start('--port', String(port));
    expect(await ended).toBe(1);
    expect(lines.at(-1)).toBe(
      `Port ${port} is taken by another program. Choose another with --port N, or leave --port out to take a free one.`,
    );
    server.close();
  });

  test('refuses what is no port, and words that it does not know', async () => {
    for (const port of ['0', '65536', 'http', '80.5', '-1']) {
      const { lines, ended } = start(`--port=${port}`);
      expect(await ended).toBe(1);
      expect(lines).toContain(`--port must be a whole number from 1 to 65535, not: ${port}`);
    }
    const { lines, ended } = start('--brwoser');
    expect(await ended).toBe(1);
    expect(lines).toContain('Usage: npm start -- [--browser] [--port N]');
  });
});
