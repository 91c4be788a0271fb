/** Node's own port for a process that is asked to open its inspector while it runs. */
const port = 9229;

/** Bytes of JavaScript objects in a running Node process after it has collected its garbage. Leaves its inspector open. */
export async function heapOf(pid: number): Promise<number> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await address());
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  let id = 0;
  const ask = (method: string) =>
    new Promise<{ usedSize: number }>((resolve) => {
      const own = ++id;
      socket.addEventListener('message', ({ data }) => {
        const answer = JSON.parse(String(data)) as { id?: number; result: { usedSize: number } };
        if (answer.id === own) resolve(answer.result);
      });
      socket.send(JSON.stringify({ id: own, method }));
    });
  await ask('HeapProfiler.enable');
  await ask('HeapProfiler.collectGarbage');
  const { usedSize } = await ask('Runtime.getHeapUsage');
  socket.close();
  return usedSize;
}

/** Waits until the inspector answers. */
async function address(): Promise<string> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
        webSocketDebuggerUrl: string;
      }[];
      if (target) return target.webSocketDebuggerUrl;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
