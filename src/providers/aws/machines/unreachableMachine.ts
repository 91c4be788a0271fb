import { ProviderError } from '../../../core/errors';
import type { Machine, MachineStatus, RemoteFiles } from '../../../core/machine';
import { Emitter } from '../../../lib/event';

/** A machine that no connection leads to: its platform gives a web page. */
export class UnreachableMachine implements Machine {
  readonly status: MachineStatus = { state: 'detached', since: 0 };
  readonly onDidChangeStatus = new Emitter<MachineStatus>().event;
  readonly onDidReconnect = new Emitter<void>().event;

  constructor(
    readonly id: string,
    readonly label: string,
  ) {}

  readonly attach = () => this.refuse();
  readonly run = () => this.refuse();
  readonly start = () => this.refuse();
  readonly connect = () => this.refuse();
  readonly files: RemoteFiles = {
    home: () => this.refuse(),
    list: () => this.refuse(),
    stat: () => this.refuse(),
    read: () => {
      throw this.refusal();
    },
    write: () => this.refuse(),
    makeFolder: () => this.refuse(),
    rename: () => this.refuse(),
    remove: () => this.refuse(),
  };

  detach(): void {
    // Never attached.
  }

  private refuse(): Promise<never> {
    return Promise.reject(this.refusal());
  }

  private refusal(): ProviderError {
    return new ProviderError(
      'unavailable',
      `SageMaker lets nobody in by SSH here. Open it in the browser with Open Machine’s Page: ${this.label}`,
    );
  }
}
