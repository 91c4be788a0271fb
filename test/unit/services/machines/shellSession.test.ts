import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../../../src/core/errors';
import type { Machine, ProcessEnd, RemoteProcess, StartOptions } from '../../../../src/core/machine';
import { ShellSession } from '../../../../src/services/machines/shellSession';
import { until } from '../../../fakes/until';

/** A shell whose output and end a test decides, and which remembers what it was given. */
class FakeShell implements RemoteProcess {
  readonly sizes: [number, number][] = [];
  written = '';
  closed = false;
  private readonly pending: Uint8Array[] = [];
  private wake: () => void = () => undefined;
  private over = false;
  private settle: { resolve: (end: ProcessEnd) => void; reject: (error: Error) => void } | undefined;
  readonly ended = new Promise<ProcessEnd>((resolve, reject) => {
    this.settle = { resolve, reject };
  });
  readonly output = this.read();

  say(bytes: Uint8Array): void {
    this.pending.push(bytes);
    this.wake();
  }

  exit(): void {
    this.over = true;
    this.settle?.resolve({ code: 0, signal: null, stderr: '' });
    this.wake();
  }

  lose(): void {
    this.over = true;
    this.settle?.reject(new ProviderError('network', 'The connection to gpu-1 was lost.\x1b[2J'));
    this.wake();
  }

  write(bytes: Uint8Array): Promise<void> {
    this.written += new TextDecoder().decode(bytes);
    return new Promise((resolve) => setImmediate(resolve));
  }

  endInput(): void {
    this.over = true;
  }

  resize(columns: number, rows: number): void {
    this.sizes.push([columns, rows]);
  }

  close(): void {
    this.closed = true;
    this.over = true;
    this.wake();
  }

  private async *read(): AsyncIterable<Uint8Array> {
    for (;;) {
      const next = this.pending.shift();
      if (next) yield next;
      else if (this.over) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

function open() {
  const shells: FakeShell[] = [];
  const options: StartOptions[] = [];
  const machine = {
    label: 'gpu-1',
    start: (_: readonly string[], given: StartOptions) => {
      const shell = new FakeShell();
      shells.push(shell);
      options.push(given);
      return Promise.resolve(shell);
    },
  };
  const shown = { text: '', closed: false };
  const session = new ShellSession(machine as unknown as Machine, {
    write: (text) => (shown.text += text),
    close: () => (shown.closed = true),
  });
  return { session, shells, options, shown };
}

/** The shell, once the session has it. */
const running = (shells: readonly FakeShell[], index = 0) =>
  until('it runs', () => shells.find((shell, at) => at === index && shell.sizes.length > 0));

describe('a shell on a machine', () => {
  it('starts with the size of its screen, and follows it', async () => {
    const { session, shells, options } = open();
    session.resize(120, 40);
    void session.start();
    await running(shells, 0);
    session.resize(90, 30);
    expect(options[0]?.terminal).toMatchObject({ columns: 120, rows: 40 });
    expect(shells[0]?.sizes).toEqual([
      [120, 40],
      [90, 30],
    ]);
  });

  it('shows characters whose bytes come apart as they were', async () => {
    const { session, shells, shown } = open();
    void session.start();
    const shell = await until('it runs', () => shells[0]);
    for (const byte of new TextEncoder().encode('grün 🚂')) shell.say(Uint8Array.of(byte));
    await until('all is shown', () => shown.text === 'grün 🚂');
  });

  it('takes a paste of a megabyte in its order', async () => {
    const { session, shells } = open();
    void session.start();
    const shell = await running(shells, 0);
    const paste = Array.from({ length: 1 << 17 }, (_, index) =>
      String(index % 10_000_000).padStart(7, '0'),
    ).join('\n');
    for (let at = 0; at < paste.length; at += 4096) session.type(paste.slice(at, at + 4096));
    await until('all has arrived', () => shell.written.length === paste.length);
    expect(shell.written).toBe(paste);
  });

  it('closes its screen when it ends by itself', async () => {
    const { session, shells, shown } = open();
    void session.start();
    (await until('it runs', () => shells[0])).exit();
    await until('the screen is closed', () => shown.closed);
  });

  it('says so when the connection is lost, and Enter brings a new one', async () => {
    const { session, shells, shown } = open();
    void session.start();
    (await running(shells, 0)).lose();
    await until('it says so', () => shown.text.includes('Press Enter for a new shell.'));
    expect(shown.text).toContain('was lost');
    expect(shown.text).not.toContain('\x1b[2J');
    session.type('x');
    expect(shells).toHaveLength(1);
    session.type('\r');
    const second = await running(shells, 1);
    session.type('ls\r');
    await until('it is typed there', () => second.written === 'ls\r');
    expect(shown.closed).toBe(false);
  });

  it('is gone when its screen is closed', async () => {
    const { session, shells, shown } = open();
    void session.start();
    const shell = await running(shells, 0);
    session.close();
    expect(shell.closed).toBe(true);
    expect(shown.text).toBe('');
  });
});
