import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancelledError, ProviderError } from '../../src/core/errors';
import type { Machine, RemoteProcess } from '../../src/core/machine';

export interface MachineHarness {
  /** A machine with an empty home folder, and with sh, cat, head and sleep. */
  start(): Promise<Machine>;
  stop(): Promise<void>;
}

/** What every machine promises, whatever it is reached by. */
export function machineContract(name: string, harness: () => MachineHarness): void {
  describe(`${name} as a machine`, () => {
    const { signal } = new AbortController();
    const own = harness();
    let machine: Machine;
    let home = '';

    beforeAll(async () => {
      machine = await own.start();
      home = await machine.files.home(signal);
    });
    afterAll(() => own.stop());

    describe('running programs', () => {
      it('gives what a program wrote, and how it ended', async () => {
        const output = await machine.run(['sh', '-c', 'echo out; echo err >&2; exit 3'], {}, signal);
        expect(output).toEqual({ code: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
      });

      it('says which signal ended it', async () => {
        expect(await machine.run(['sh', '-c', 'kill -TERM $$'], {}, signal)).toMatchObject({
          code: null,
          signal: 'SIGTERM',
        });
      });

      it('gives 127 for a program that is not there', async () => {
        const { code, stderr } = await machine.run(['no-such-program-here'], {}, signal);
        expect(code).toBe(127);
        expect(stderr).not.toBe('');
      });

      it('brings every word as it is', async () => {
        const words = [
          '',
          ' ',
          'a b',
          "it's",
          '"',
          '$HOME',
          '`id`',
          '\\n',
          'a\nb\n',
          '!!',
          '*',
          '~',
          '%1',
          '-n',
          '\t',
          'é漢🙂',
          '=x',
          '#',
          ';|&<>(){}[]',
        ];
        const { stdout } = await machine.run(
          ['sh', '-c', 'for w; do printf "%s\\001" "$w"; done', 'sh', ...words],
          {},
          signal,
        );
        expect(stdout.split('\u0001').slice(0, -1)).toEqual(words);
      });

      it('hands over the input, and its end', async () => {
        const input = 'x'.repeat(300_000);
        expect((await machine.run(['sh', '-c', 'wc -c'], { input }, signal)).stdout.trim()).toBe('300000');
        expect((await machine.run(['cat'], {}, signal)).stdout).toBe('');
      });

      it('keeps no more of the output than is wanted', async () => {
        const { stdout, code } = await machine.run(
          ['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x'],
          { maxBytes: 10 },
          signal,
        );
        expect([stdout, code]).toEqual(['xxxxxxxxxx', 0]);
      });

      it('begins nothing once it was cancelled', async () => {
        const cancelled = AbortSignal.abort();
        await expect(machine.run(['sh', '-c', `touch ${home}/begun`], {}, cancelled)).rejects.toThrow(
          CancelledError,
        );
        expect((await machine.files.list(home, signal)).map(({ name: file }) => file)).not.toContain('begun');
      });

      it('begins in the home folder', async () => {
        expect((await machine.run(['pwd'], {}, signal)).stdout.trim()).toBe(home);
      });
    });

    describe('programs that go on', () => {
      it('talk both ways', async () => {
        const program = await machine.start(['cat'], {}, signal);
        await program.write(Buffer.from('one\n'));
        expect(await lineOf(program)).toBe('one\n');
        await program.write(Buffer.from('two\n'));
        expect(await lineOf(program)).toBe('two\n');
        program.endInput();
        expect(await program.ended).toMatchObject({ code: 0, signal: null });
      });

      it('are held back by who does not read', async () => {
        const script = 'head -c 50000000 /dev/zero; echo done >&2';
        const program = await machine.start(['sh', '-c', script], {}, signal);
        let total = 0;
        for await (const bytes of program.output) total += bytes.length;
        expect(total).toBe(50_000_000);
        expect((await program.ended).stderr).toBe('done\n');
      });

      it('take no harm when nobody wants them any more', async () => {
        const program = await machine.start(
          ['sh', '-c', 'while :; do echo more; sleep 0.01; done'],
          {},
          signal,
        );
        await lineOf(program);
        program.close();
        expect((await machine.run(['echo', 'still'], {}, signal)).stdout).toBe('still\n');
      });
    });

    it('connects to what listens on it, and says when nothing does', async () => {
      const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(
        0,
        '127.0.0.1',
      );
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      try {
        const socket = await machine.connect('127.0.0.1', port, {}, signal);
        await socket.write(Buffer.from('to and fro'));
        socket.endInput();
        const received: Uint8Array[] = [];
        for await (const bytes of socket.received) received.push(bytes);
        expect(Buffer.concat(received).toString()).toBe('to and fro');
        socket.close();
      } finally {
        server.close();
        await once(server, 'close');
      }
      await expect(machine.connect('127.0.0.1', port, {}, signal)).rejects.toThrow(ProviderError);
    });

    describe('files', () => {
      const text = async (path: string, from = 0) => {
        const chunks: Uint8Array[] = [];
        for await (const bytes of machine.files.read(path, from, signal)) chunks.push(bytes);
        return Buffer.concat(chunks).toString();
      };
      const bytesOf = async function* (...parts: string[]) {
        for (const part of parts) yield await Promise.resolve(Buffer.from(part));
      };

      it('are written whole, read from anywhere, and listed', async () => {
        const folder = `${home}/a/b c`;
        await machine.files.makeFolder(folder, signal);
        await machine.files.makeFolder(folder, signal);
        await machine.files.write(`${folder}/é.txt`, bytesOf('hello ', 'world'), signal);
        expect(await text(`${folder}/é.txt`)).toBe('hello world');
        expect(await text(`${folder}/é.txt`, 6)).toBe('world');
        expect(await text(`${folder}/é.txt`, 100)).toBe('');
        await machine.files.write(`${folder}/é.txt`, bytesOf('again'), signal);
        expect(await text(`${folder}/é.txt`)).toBe('again');
        const [entry, ...others] = await machine.files.list(folder, signal);
        expect(others).toEqual([]);
        expect(entry).toMatchObject({ name: 'é.txt', kind: 'file', bytes: 5 });
        expect(Math.abs((entry?.modified ?? 0) - Date.now())).toBeLessThan(60_000);
        expect(await machine.files.stat(folder, signal)).toMatchObject({ name: 'b c', kind: 'folder' });
      });

      it('are renamed over others, and removed with all that is in them', async () => {
        const folder = `${home}/moving`;
        await machine.files.makeFolder(`${folder}/deep`, signal);
        await machine.files.write(`${folder}/one`, bytesOf('1'), signal);
        await machine.files.write(`${folder}/two`, bytesOf('2'), signal);
        await machine.files.rename(`${folder}/one`, `${folder}/two`, signal);
        expect(await text(`${folder}/two`)).toBe('1');
        await machine.files.remove(folder, signal);
        await expect(machine.files.stat(folder, signal)).rejects.toMatchObject({ kind: 'notFound' });
      });

      it('say when they are not there', async () => {
        const absent = `${home}/absent`;
        const asking = [
          machine.files.list(absent, signal),
          machine.files.stat(absent, signal),
          text(absent),
          machine.files.remove(absent, signal),
          machine.files.rename(absent, `${home}/b`, signal),
          machine.files.write(`${absent}/x`, bytesOf('1'), signal),
        ];
        for (const asked of await Promise.allSettled(asking)) {
          expect(asked).toMatchObject({ status: 'rejected', reason: { kind: 'notFound' } });
        }
      });

      it('leave nothing behind of what was not written to its end', async () => {
        const failing = async function* () {
          yield await Promise.resolve(Buffer.from('half'));
          throw new Error('the disk was taken out');
        };
        await machine.files.makeFolder(`${home}/draft`, signal);
        await expect(machine.files.write(`${home}/draft/file`, failing(), signal)).rejects.toThrow(
          'taken out',
        );
        expect(await machine.files.list(`${home}/draft`, signal)).toEqual([]);
      });

      it('show links as links', async () => {
        await machine.run(['ln', '-s', '/nowhere', `${home}/link`], {}, signal);
        const entries = await machine.files.list(home, signal);
        expect(entries.find(({ name: file }) => file === 'link')?.kind).toBe('link');
        await machine.files.remove(`${home}/link`, signal);
      });
    });

    it('is attached until it is detached', async () => {
      const states: string[] = [];
      const watching = machine.onDidChangeStatus(({ state }) => states.push(state));
      await machine.attach({}, signal);
      expect(machine.status.state).toBe('attached');
      await machine.attach({}, signal);
      machine.detach();
      expect(machine.status.state).toBe('detached');
      expect([states.at(-2), states.at(-1)]).toEqual(['attached', 'detached']);
      watching.dispose();
      expect((await machine.run(['echo', 'once'], {}, signal)).stdout).toBe('once\n');
    });
  });
}

/** What comes next, up to the end of a line. */
async function lineOf(program: RemoteProcess): Promise<string> {
  let text = '';
  const iterator = program.output[Symbol.asyncIterator]();
  while (!text.endsWith('\n')) {
    const next = await iterator.next();
    if (next.done) throw new Error(`It ended after: ${text}`);
    text += Buffer.from(next.value).toString();
  }
  return text;
}
