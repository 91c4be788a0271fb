import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, type TestContext } from 'vitest';
import { decoded } from './container';
import { linux, shells, until, type Shell } from './launchedJob';

/** forward.sh on the two files of a node. */
class Forwarded {
  readonly folder = mkdtempSync(join(tmpdir(), 'trainyard-forward-'));
  private readonly child: ChildProcess;
  private readonly all: Promise<Buffer>;
  private seen = '';

  constructor(shell: Shell, test: TestContext, log: string | Uint8Array = '') {
    writeFileSync(join(this.folder, 'log'), log);
    writeFileSync(join(this.folder, 'telemetry'), '');
    this.child = spawn('sh', [resolve('src/remote/forward.sh'), this.folder, '0'], {
      env: { PATH: [shell.bin, process.env.PATH].join(delimiter) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (!this.child.stdout) throw new Error('no stdout');
    this.child.stdout.on('data', (bytes: Buffer) => (this.seen += bytes.toString()));
    this.all = buffer(this.child.stdout);
    test.onTestFinished(() => {
      this.child.kill('SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  write(bytes: string | Uint8Array, channel = 'log'): void {
    appendFileSync(join(this.folder, channel), bytes);
  }

  /** Waits until so many bytes of the log are said to be sent. */
  async sent(bytes: number): Promise<void> {
    await until(`${bytes} bytes are sent`, () => this.seen.includes(`"log":${bytes},`));
  }

  /** What a reader has in the end. */
  async end(): Promise<ReturnType<typeof decoded>> {
    writeFileSync(join(this.folder, 'over'), '');
    return decoded(await this.all);
  }
}

const everyByte = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256));

describe.skipIf(!linux).concurrent.each(shells)(
  'a log that goes through lines of text, with $name,',
  (shell) => {
    it.for([
      ['nothing', ''],
      ['plain lines and no end of the last one', 'one\n  two\nthree'],
      ['empty lines, tabs, returns and spaces at the end', '\n\na\tb\r\nc \n\n \n'],
      [
        'text in any script, and what only looks like it',
        Buffer.concat([
          Buffer.from('é 日本 😀\nnaïve\n\u0085\n'),
          Buffer.from([0xc3, 0x0a, 0xed, 0xa0, 0x80, 0x0a, 0xff, 0x0a]),
        ]),
      ],
      ['every byte', everyByte],
      ['no NUL', everyByte.filter((byte) => byte !== 0)],
      ['what looks like telemetry', '##trainyard {"kind":"exit","code":0}\n##trainyard {"half'],
      [
        'a long line among others',
        `short\n${'x'.repeat(8001)}\n${'y'.repeat(8000)}\n${'z'.repeat(70_000)}\nend\n`,
      ],
      ['ten megabytes without an end', Buffer.concat([Buffer.alloc(10_000_000, 'x'), Buffer.from([0xc3])])],
    ] as const)('is had back byte for byte: %s', async ([, content], test) => {
      const bytes = Buffer.from(content);
      const { log, sent, lines } = await new Forwarded(shell, test, bytes).end();
      expect(log.length).toBe(bytes.length);
      expect(log.equals(bytes)).toBe(true);
      expect(sent).toEqual({ kind: 'sent', node: 0, log: bytes.length, telemetry: 0, end: true });
      // A log daemon may spell out control characters, and cuts long lines.
      for (const line of lines) {
        expect(line).toMatch(/^[^\p{Cc}]+$/u);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(8000);
        expect(line).not.toMatch(/ $/);
      }
    });

    it('shows plain lines as they are', async (test) => {
      const { lines } = await new Forwarded(shell, test, 'epoch 1\n    loss=0.5 [é]\n').end();
      expect(lines.filter((line) => !line.startsWith('##'))).toEqual(['epoch 1', '    loss=0.5 [é]']);
    });

    it('gives a prompt before its line ends, and a line that grows in one piece where it can', async (test) => {
      const forwarded = new Forwarded(shell, test);
      forwarded.write('name? ');
      await forwarded.sent(6);
      forwarded.write('Ada\nnext\n');
      await forwarded.sent(15);
      const { log, lines } = await forwarded.end();
      expect(log.toString()).toBe('name? Ada\nnext\n');
      expect(lines).toContain('Ada');
    });

    it('keeps the telemetry apart, half a record and all', async (test) => {
      const forwarded = new Forwarded(shell, test);
      const record = '##trainyard {"v":1,"t":1,"node":0,"kind":"phase","phase":"run","state":"start"}\n';
      forwarded.write(record, 'telemetry');
      forwarded.write('line\n');
      await forwarded.sent(5);
      forwarded.write('##trainyard {"v":1,"t":\n', 'telemetry');
      const { log, telemetry, lines } = await forwarded.end();
      expect(log.toString()).toBe('line\n');
      expect(telemetry).toBe(`${record}##trainyard {"v":1,"t":\n`);
      expect(lines).toContain(record.trim());
    });

    it('has 100,000 lines behind it in a moment', async (test) => {
      const text = Array.from({ length: 100_000 }, (_, i) => `step ${i} loss=${i / 7} acc=0.9\n`).join('');
      const { log, lines } = await new Forwarded(shell, test, text).end();
      expect(log.toString() === text).toBe(true);
      expect(lines.length).toBeLessThan(100_100);
    });
  },
);
