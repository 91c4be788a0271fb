import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureMoto, motoEnvironment } from '../../../scripts/python.mjs';

/**
 * moto: AWS's APIs with their state in memory, the same for every key. It ends with the process that started it, however that one
 * ends. What it does well and what it lacks: `FakeAws` serves the rest.
 */
export class MotoServer {
  private constructor(
    /** Such as `http://127.0.0.1:34567`. */
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(address = '127.0.0.1'): Promise<MotoServer> {
    await ensureMoto();
    const python = join(motoEnvironment(), 'bin/python3');
    const child = spawn(python, [resolve('test/fakes/aws/motoServer.py'), address], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)));
    const lines = createInterface(child.stdout);
    const port = await Promise.race([
      once(lines, 'line').then(([line]) => String(line)),
      once(child, 'exit').then(() => Promise.reject(new Error(`moto ended: ${said}`))),
    ]);
    return new MotoServer(`http://${address}:${port}`, child);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
