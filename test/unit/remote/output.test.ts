import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { LaunchedJob, exitOf, linux, parseTelemetry, shells } from './launchedJob';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Takes out exactly what the launcher put in: a newline, the line and a newline (DESIGN.md, "The job file"). */
function withoutTelemetry(stream: Buffer): Buffer {
  return Buffer.from(stream.toString('latin1').replace(/\n##trainyard \{[^\n]*\}\n/g, ''), 'latin1');
}

describe.skipIf(!linux).concurrent.each(shells)('the output of a job, with $name', (shell) => {
  it('arrives byte for byte: 10 MB on one line, binary, invalid UTF-8, half a telemetry line', async (test) => {
    const payload = Buffer.concat([
      Buffer.alloc(10_000_000, 'x'),
      Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256)),
      Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0x00, 0x0d]),
      Buffer.from('\n##trainyard {"v":1,"t":'),
    ]);
    const job = new LaunchedJob(shell, { test, run: 'cat payload; exit 5' });
    writeFileSync(job.path('workdir/payload'), payload);
    expect(await job.run()).toBe(5);
    expect(sha256(readFileSync(job.path('log')))).toBe(sha256(payload));
  });

  it('has setup and run, stdout and stderr, in the order in which they were written', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      setup: 'echo one; echo two >&2',
      run: 'echo three >&2; echo four',
    });
    await job.run();
    expect(job.log()).toBe('one\ntwo\nthree\nfour\n');
    // Where each phase's lines end.
    const ends = job
      .records('phase')
      .flatMap(({ phase, state, logBytes }) =>
        state === 'end' && phase !== 'collect' ? [[phase, logBytes]] : [],
      );
    expect(ends).toEqual([
      ['setup', 8],
      ['run', 19],
    ]);
  });

  it('is left alone in the one stream of a cloud: no record tears a progress bar or a line', async (test) => {
    const step = 'printf \'\\r%s: %s%%\' "$bar" "$i"; i=$((i + 1))';
    const run = `bar=$(printf '%050d' 0); i=0; end=$(($(date +%s) + 3)); while [ "$(date +%s)" -lt $end ]; do ${step}; done; echo; echo "$i" >count`;
    const job = new LaunchedJob(shell, { test, run });
    job.fakeGpus(readFileSync('test/fixtures/gpu/query-gpu.8xh100.csv'), 8);
    const child = job.stream();
    if (child.stdout === null) throw new Error('no stdout');
    const stream = await buffer(child.stdout);
    expect(await exitOf(child)).toBe(0);
    const count = Number(readFileSync(job.path('workdir/count'), 'utf8'));
    const bar = '0'.repeat(50);
    const expected = Array.from({ length: count }, (_, i) => `\r${bar}: ${i}%`).join('') + '\n';
    expect(count).toBeGreaterThan(20);
    expect(withoutTelemetry(stream).toString('latin1')).toBe(expected);
    const records = parseTelemetry(stream.toString('utf8'));
    expect(records.filter((record) => record.kind === 'gpu').length).toBeGreaterThanOrEqual(16);
    expect(records.filter((record) => record.kind === 'host').length).toBeGreaterThanOrEqual(2);
    expect(records.at(-1)).toMatchObject({ kind: 'exit', code: 0, reason: 'run finished' });
    for (const line of stream.toString('latin1').split('\n'))
      if (line.startsWith('##')) expect(line.length).toBeLessThan(4094);
  });

  it('of a cloud ends with the launcher: nothing keeps the pipe open', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo hi; sleep 60 & exit 7' });
    const child = job.stream();
    if (child.stdout === null) throw new Error('no stdout');
    const [stream, code] = await Promise.all([buffer(child.stdout), exitOf(child)]);
    expect(code).toBe(7);
    expect(withoutTelemetry(stream).toString()).toBe('hi\n');
    expect(job.processes()).toEqual([]);
  });
});
