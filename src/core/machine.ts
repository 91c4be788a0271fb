import type { Event } from '../lib/event';

/**
 * `detached`: no connection is kept (one may be opened for a single call). `reconnecting`: it was attached, the connection broke,
 * and it is being made again by itself; calls wait meanwhile.
 */
export type MachineState = 'detached' | 'attaching' | 'attached' | 'reconnecting';

export interface MachineStatus {
  readonly state: MachineState;
  /** Unix milliseconds of the last change. */
  readonly since: number;
  /** Why it is not attached, as one sentence for people; of the last failure. */
  readonly problem?: string;
}

/** How a program on a machine ended. */
export interface ProcessEnd {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  /** Such as `SIGTERM`. */
  readonly signal: string | null;
  /** The end of what it wrote there, at most 64 KiB; empty with a terminal. */
  readonly stderr: string;
}

/** A program that runs on a machine. */
export interface RemoteProcess {
  /** Its stdout; with a terminal all that it shows. For one reader; not reading holds the program back. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Rejects with a `ProviderError` of kind `network` where the connection was lost first: the program may still run then. */
  readonly ended: Promise<ProcessEnd>;
  /** To its stdin; resolves once more can be taken. */
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  /** Only with a terminal. */
  resize(columns: number, rows: number): void;
  /**
   * Gives the channel up at once. Without a terminal the program itself goes on (OpenSSH sends it nothing), so what must end
   * is ended by its process group.
   */
  close(): void;
}

/** A TCP connection that begins on the machine. */
export interface RemoteSocket {
  /** For one reader; ends when the other side has closed its half. */
  readonly received: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  close(): void;
}

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** Of the environment's TERM. */
  readonly type: string;
}

export interface CallOptions {
  /**
   * Ask the person nothing: where a passphrase, a password or a yes to a new host key would be needed, the call throws a
   * `ProviderError` of kind `auth` that says so. For all that runs by itself.
   */
  readonly quiet?: boolean;
}

export interface StartOptions extends CallOptions {
  /** Absent: none, and stdout and stderr are apart. */
  readonly terminal?: Terminal;
}

export interface RunOptions extends CallOptions {
  /** All of its stdin. Secrets go this way: words and environment of a program are public on the machine. */
  readonly input?: string | Uint8Array;
  /** Longest stdout that is kept, in bytes; the rest is dropped. Default 1 MiB. */
  readonly maxBytes?: number;
  /** Milliseconds after which it is given up with a `ProviderError` of kind `network`. Default 60,000. */
  readonly timeout?: number;
}

export interface RunOutput extends ProcessEnd {
  readonly stdout: string;
}

/**
 * A machine that programs can be started on, over a connection that mends itself. Each call opens the connection where there is none,
 * and waits while it is being made again. Calls throw `ProviderError` (`auth`, `forbidden` for a host key that is not the known
 * one, `network`) or, once `signal` is aborted, `CancelledError`.
 */
export interface Machine {
  /** Unique over all providers and stable, such as `ssh/gpu-1`. */
  readonly id: string;
  readonly label: string;
  readonly status: MachineStatus;
  readonly onDidChangeStatus: Event<MachineStatus>;

  /**
   * Opens the connection and keeps it until `detach`, however often it breaks. A connection that a call opened by itself closes
   * a minute after its last use.
   */
  attach(options: CallOptions, signal: AbortSignal): Promise<void>;
  detach(): void;
  /** Each time the connection was made again, after it broke: what was open is gone and can be resumed now. */
  readonly onDidReconnect: Event<void>;

  /** Runs a program to its end. The words reach it exactly, whatever the login shell. */
  run(argv: readonly [string, ...string[]], options: RunOptions, signal: AbortSignal): Promise<RunOutput>;
  /** Starts a program and leaves it to the caller. Without words: the login shell (with a terminal). */
  start(argv: readonly string[], options: StartOptions, signal: AbortSignal): Promise<RemoteProcess>;
  /** A connection from the machine to `host` (as the machine sees it) and `port`. */
  connect(host: string, port: number, options: CallOptions, signal: AbortSignal): Promise<RemoteSocket>;
  readonly files: RemoteFiles;
}

export interface RemoteFile {
  /** Without its folder. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly bytes: number;
  /** Unix milliseconds. */
  readonly modified: number;
  /** Permission bits, such as 0o644. */
  readonly mode: number;
}

/** The machine's files, by absolute paths. Absent things throw `ProviderError` of kind `notFound`, forbidden ones `forbidden`. */
export interface RemoteFiles {
  /** The user's home folder. */
  home(signal: AbortSignal): Promise<string>;
  /** In no order; links are not followed. */
  list(folder: string, signal: AbortSignal): Promise<readonly RemoteFile[]>;
  /** Links are followed. */
  stat(path: string, signal: AbortSignal): Promise<RemoteFile>;
  /** From the byte `from` on. */
  read(path: string, from: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Whole or not at all: a draft beside it, renamed at the end. */
  write(path: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /** With its parents; no matter when it exists. */
  makeFolder(path: string, signal: AbortSignal): Promise<void>;
  rename(from: string, to: string, signal: AbortSignal): Promise<void>;
  /** A folder with all that is in it. */
  remove(path: string, signal: AbortSignal): Promise<void>;
}
