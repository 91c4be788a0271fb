import { expect, it } from 'vitest';
import { resolve } from 'node:path';
import { run } from '../../src/node/process';
import { ensureJupyter, jupyterEnvironment } from '../../scripts/python.mjs';

/** Runs Python beside the kernels' part of the notebook server, and gives what it printed as JSON. */
async function withKernels(program: string): Promise<unknown> {
  await ensureJupyter();
  const text = `import asyncio, json, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import notebookKernels
from notebookKernels import Kernel

class Cell:
    def __init__(self, name):
        self.name, self.code, self.state, self.ends = name, "", "queued", []
        self.replied, self.idle, self.reply = asyncio.Event(), asyncio.Event(), {"status": "ok"}
        self.replied.set()
    def write(self, kind, **fields): pass
    def end(self, status, **fields): self.ends.append(status)

async def main():
    kernel = Kernel()
${program.replaceAll(/^(?=.)/gm, '    ')}

print(json.dumps(asyncio.run(main())))
`;
  const words = [`${jupyterEnvironment()}/bin/python`, '-c', text, resolve('src/remote')] as const;
  const { code, stdout, stderr } = await run(words, { timeout: 60_000 });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

it('a kernel that takes too long to come up runs the cells that come later', async () => {
  const ends = await withKernels(`
first, second, done = Cell("first"), Cell("second"), asyncio.Event()

class Client:
    tries = 0
    async def wait_for_ready(self, timeout):
        self.tries += 1
        if self.tries == 1:
            raise RuntimeError("it did not respond")
        kernel.run(second)

async def listen(client): await asyncio.Event().wait()
async def work_on(client, cell):
    cell.end("ok")
    done.set()

kernel.outputs = kernel.replies = kernel.questions = listen
kernel.work_on = work_on
kernel.run(first)
work = asyncio.ensure_future(kernel.work(Client()))
waiting = asyncio.ensure_future(done.wait())
await asyncio.wait([work, waiting], return_when=asyncio.FIRST_COMPLETED)
return [first.ends, second.ends]
`);
  expect(ends).toEqual([['aborted'], ['ok']]);
});

it('a cell has ended when all that it put out has come, however long that takes', async () => {
  const ends = await withKernels(`
cell, before, seconds = Cell("slow"), [], 0

class Client:
    def execute(self, *words, **options): return "m"

async def wait_for(future, timeout):
    nonlocal seconds
    future.close()
    seconds += timeout
    before.append(len(cell.ends))
    # Half a minute's output was waiting, then nine seconds with none, and then its end.
    if seconds <= 30: kernel.heard += 1
    if seconds > 39: cell.idle.set()
    else: raise asyncio.TimeoutError

notebookKernels.asyncio.wait_for = wait_for
await kernel.work_on(Client(), cell)
silent = Cell("silent")
start = seconds = 100
cell.idle.clear()
async def never(future, timeout):
    nonlocal seconds
    future.close()
    seconds += timeout
    raise asyncio.TimeoutError
notebookKernels.asyncio.wait_for = never
await kernel.work_on(Client(), silent)
return [len(before), max(before), cell.ends, silent.ends, seconds - start]
`);
  expect(ends).toEqual([40, 0, ['ok'], ['ok'], 10]);
});
