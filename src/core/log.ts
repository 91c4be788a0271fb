/** Where both hosts write what happened. VS Code's `LogOutputChannel` is one. Secrets never go in. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string | Error): void;
}
