import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** What a network does to a connection. A new state holds for the connections that are open and for those that come. */
export type Fault =
  | { readonly kind: 'none' }
  /** Half-open: connections are taken, and nothing passes. */
  | { readonly kind: 'stall' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Each way. */
  | { readonly kind: 'latency'; readonly milliseconds: number };

/** Bytes that a server sends until somebody is signed in: OpenSSH's are some more. */
const signingIn = 2000;

/** A TCP proxy on 127.0.0.1 in front of a server, which does to its clients what networks do. */
export class FaultProxy {
  private fault: Fault = { kind: 'none' };
  private server: Server | undefined;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private cutting: ReturnType<typeof setInterval> | undefined;
  /** Connections that were taken so far. */
  taken = 0;

  private constructor(
    private readonly target: { readonly address: string; readonly port: number },
    public port: number,
  ) {}

  static async start(target: { readonly address: string; readonly port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, 0);
    await proxy.accept();
    return proxy;
  }

  get open(): number {
    return this.pairs.size;
  }

  set(fault: Fault): void {
    this.fault = fault;
    for (const pair of this.pairs) for (const socket of pair) socket.resume();
  }

  /** Ends all connections with RST. */
  reset(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Refuses connections from now on; those that are open go on. */
  async refuse(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = undefined;
    // Not `await once(…, 'close')`, which comes only when the open connections have ended.
    await new Promise<void>((resolve) => {
      server.close();
      setImmediate(resolve);
    });
  }

  /** Takes connections (again). */
  async accept(): Promise<void> {
    if (this.server) return;
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      this.take(socket);
    }).listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    if (bound !== null && typeof bound !== 'string') this.port = bound.port;
    this.server = server;
  }

  /**
   * Every `period` milliseconds: RST for all, and none are taken for `length` milliseconds. A client that is still signing in then is
   * given one period more, or a busy computer would never let it through.
   */
  cutEvery(period: number, length: number): void {
    clearInterval(this.cutting);
    let spared = false;
    this.cutting = setInterval(() => {
      spared = !spared && [...this.pairs].some(([, server]) => server.bytesRead < signingIn);
      if (spared) return;
      void this.refuse();
      this.reset();
      setTimeout(() => {
        if (this.cutting !== undefined) void this.accept();
      }, length);
    }, period);
  }

  async stopCutting(): Promise<void> {
    clearInterval(this.cutting);
    this.cutting = undefined;
    await this.accept();
  }

  async stop(): Promise<void> {
    clearInterval(this.cutting);
    this.cutting = undefined;
    await this.refuse();
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  private take(client: Socket): void {
    this.taken += 1;
    const server = createConnection({
      host: this.target.address,
      port: this.target.port,
      allowHalfOpen: true,
    });
    const pair = [client, server] as const;
    this.pairs.add(pair);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => {
        to.resetAndDestroy();
      });
      from.on('close', () => {
        this.pairs.delete(pair);
        to.destroy();
      });
      void this.pump(from, to);
    }
  }

  private async pump(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const bytes of from as AsyncIterable<Buffer>) {
        for (let at = 0; at < bytes.length;) {
          const step = await this.allowance(from, bytes.length - at);
          if (to.destroyed) return;
          if (!to.write(bytes.subarray(at, at + step))) await once(to, 'drain');
          at += step;
        }
      }
      to.end();
    } catch {
      to.destroy();
    }
  }

  /** Waits until bytes may pass, and says how many of `waiting`. */
  private async allowance(from: Socket, waiting: number): Promise<number> {
    for (;;) {
      const fault = this.fault;
      if (from.destroyed) throw new Error('Gone');
      switch (fault.kind) {
        case 'none':
          return waiting;
        case 'stall':
          await wait(10);
          break;
        case 'slow':
          await wait(1000 / fault.bytesPerSecond);
          return 1;
        case 'latency':
          await wait(fault.milliseconds);
          return waiting;
      }
    }
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
