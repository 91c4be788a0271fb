import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogChunk, TrainingJobs } from '../../src/core/provider';
import { LineScanner } from '../../src/services/logStore/lineScanner';
import { LineIndex } from '../../src/services/logStore/lineIndex';
import { LogCopy } from '../../src/services/logStore/logCopy';
import { median, type Bench } from './row';

/** 97 bytes with its newline: what training scripts often write. */
const line = `step 00000000 loss 0.412317 lr 0.000300 tokens/s 48211 grad_norm 0.913 mem 71.2 GB eta 01:12:44 ok\n`;
const linesPerWrite = 10_000;
const lines = 10_000_000;
const rounds = 3;

/** A process that writes the lines as fast as its pipe takes them, as a job or `ssh` does. */
function writer() {
  const script = `const { writeSync } = require('node:fs');
    const block = Buffer.from(${JSON.stringify(line)}.repeat(${linesPerWrite}));
    for (let left = ${lines / linesPerWrite}; left > 0; left -= 1)
      for (let at = 0; at < block.length; at += writeSync(1, block, at));`;
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What comes out of a pipe, as a provider gives it on. */
const piped: Pick<TrainingJobs, 'logs'> = {
  async *logs(): AsyncIterable<LogChunk> {
    let at = 0;
    const { stdout } = writer();
    for await (const bytes of stdout as AsyncIterable<Buffer>)
      yield { bytes, next: String((at += bytes.length)) };
  },
};

/** Seconds that the store takes, and the lines that are in it afterwards. */
async function ingest(path: string): Promise<{ seconds: number; found: number }> {
  const before = performance.now();
  const copy = new LogCopy(path, piped, 'bench', '', { node: 0, channel: 'log' });
  try {
    while (!copy.over()) {
      await new Promise<void>((resolve) => {
        const heard = copy.onDidChange(() => {
          heard.dispose();
          resolve();
        });
      });
    }
  } finally {
    copy.dispose();
  }
  const seconds = (performance.now() - before) / 1000;
  const index = new LineIndex();
  const scanner = new LineScanner();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    index.append(scanner.push(chunk as Buffer));
  return { seconds, found: index.whole };
}

/** Seconds that `writer | cat >file` takes. */
async function cat(path: string): Promise<number> {
  const file = await open(path, 'w');
  const before = performance.now();
  const source = writer();
  const sink = spawn('cat', [], { stdio: [source.stdout, file.fd, 'inherit'] });
  await once(sink, 'close');
  await file.close();
  return (performance.now() - before) / 1000;
}

export const bench: Bench = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-bench-'));
  const megabytes = (lines * line.length) / 1e6;
  const ours: number[] = [];
  const theirs: number[] = [];
  let lost = 0;
  try {
    for (let round = 0; round < rounds; round += 1) {
      const path = join(folder, `log-${round}`);
      const { seconds, found } = await ingest(path);
      ours.push(megabytes / seconds);
      lost += Math.abs(lines - found);
      await rm(path);
      theirs.push(megabytes / (await cat(path)));
      await rm(path);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const note = `median of ${rounds}; ${(lines / 1e6).toFixed(0)} M lines of ${line.length} bytes, each time all found in the file afterwards; on disk (fsync) at the end, which \`cat\` does not wait for`;
  return [
    {
      number: 3,
      metric: 'log ingest, process → store',
      ours: median(ours),
      unit: 'MB/s',
      peer: { name: `\`cat >file\` ${median(theirs).toFixed(0)} MB/s`, value: median(theirs) },
      limit: 'xterm headless 17.6 MB/s',
      target: { atLeast: 400 },
      note,
    },
    {
      number: 5,
      metric: 'log ingest, lines lost or doubled',
      ours: lost,
      unit: 'lines',
      target: { atMost: 0 },
    },
  ];
};
