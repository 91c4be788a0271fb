import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { never, type JobsUnderTest } from './jobsUnderTest';

/** What `TrainingJobs.logs` promises: every byte, once, in order. */
export function logsContract(jobs: JobsUnderTest): void {
  test('a log can be resumed from any token, also in the middle of a line, and nothing is lost or doubled', async () => {
    // However slow the reader is, it has a piece before the job goes on to the end.
    // A container has a /tmp of its own.
    const folder = await mkdtemp('/var/tmp/trainyard-');
    onTestFinished(() => rm(folder, { recursive: true }));
    const go = join(folder, 'go');
    const lines = (first: number, last: number) =>
      `for i in $(seq ${first} ${last}); do echo "line $i"; sleep 0.002; done`;
    const job = await jobs.prepare(
      `run: |\n  ${lines(1, 50)}\n  while [ ! -e '${go}' ]; do sleep 0.01; done\n  ${lines(51, 100)}`,
    );
    await job.submit();
    const pieces: Uint8Array[] = [];
    let from: string | undefined;
    for (let open = true; open;) {
      open = false;
      // A reader of its own for each chunk, as if the editor were closed after it.
      for await (const chunk of jobs.facet.logs(
        job.id,
        job.folder,
        { node: 0, channel: 'log' },
        from,
        never,
      )) {
        pieces.push(chunk.bytes);
        from = chunk.next;
        open = true;
        await writeFile(go, '');
        break;
      }
    }
    expect(pieces.length).toBeGreaterThan(1);
    const all = Array.from({ length: 100 }, (_, index) => `line ${index + 1}\n`).join('');
    expect(Buffer.concat(pieces).toString()).toBe(all);
    expect((await jobs.log(job, 0, 'log', from)).length).toBe(0);
  });

  test('a log is given as it was written: binary, invalid UTF-8, ten megabytes in one line, no newline at the end', async () => {
    const job = await jobs.run(
      `run: |\n  printf '\\000\\377\\376\\r\\n##trainyard {"half'\n  head -c 10000000 /dev/zero | tr '\\0' x\n  printf '\\303'`,
    );
    const bytes = await jobs.log(job);
    const head = Buffer.from([0, 0xff, 0xfe, 0x0d, 0x0a]);
    expect(bytes.subarray(0, 5).equals(head)).toBe(true);
    expect(bytes.length).toBe(5 + 18 + 10_000_000 + 1);
    expect(bytes.at(-1)).toBe(0xc3);
    expect(bytes.indexOf('y', 24)).toBe(-1);
  });

  test('a reader that came before the first byte and one that came after the end read the same', async () => {
    const job = await jobs.prepare('run: |\n  sleep 0.2\n  echo late');
    await job.submit();
    const early = jobs.log(job);
    await jobs.end(job);
    expect((await early).toString()).toBe('late\n');
    expect((await jobs.log(job)).toString()).toBe('late\n');
  });
}
