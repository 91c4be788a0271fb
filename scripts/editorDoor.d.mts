/** Throws unless a door could be opened on `port` now. */
export function mustBeFree(port: number): Promise<void>;

export interface Door {
  /** Carries the token. */
  readonly address: URL;
  close(): void;
}

export function openDoor(options: {
  readonly socket: string;
  readonly token: string;
  /** 0 takes a free one. */
  readonly port: number;
}): Promise<Door>;
