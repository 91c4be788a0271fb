import type { MachineStatus, RemoteSocket } from '../../../src/core/machine';
import { Emitter } from '../../../src/lib/event';
import { LocalMachine } from '../localMachine';

/** This computer as a machine whose connection breaks when a test says so, and is there again when it says so. */
export class FlakyMachine extends LocalMachine {
  private readonly sockets = new Set<RemoteSocket>();
  private readonly back = new Emitter<void>();
  private away = false;
  /** How often something was connected to. */
  connections = 0;

  /** Breaks what is open, in the middle of whatever was sent. Calls wait until `mend`. */
  cut(): void {
    this.away = true;
    this.say('reconnecting');
    for (const socket of this.sockets) socket.close();
    this.sockets.clear();
  }

  mend(): void {
    this.away = false;
    this.say('attached');
    this.back.fire();
  }

  override async connect(host: string, port: number): Promise<RemoteSocket> {
    await this.there();
    const socket = await super.connect(host, port);
    this.connections++;
    this.sockets.add(socket);
    return socket;
  }

  override async start(...words: Parameters<LocalMachine['start']>) {
    await this.there();
    return super.start(...words);
  }

  private say(state: MachineStatus['state']): void {
    this.tell({ state, since: Date.now() });
  }

  private async there(): Promise<void> {
    while (this.away)
      await new Promise<void>((resolve) => {
        const subscription = this.back.event(() => {
          subscription.dispose();
          resolve();
        });
      });
  }
}
