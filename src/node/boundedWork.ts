import { createContext, Script } from 'node:vm';

/**
 * Runs plain code that may never come to an end, such as a regular expression of somebody else's that goes back and forth:
 * after a time it is cut off, wherever it is.
 */
export class BoundedWork {
  private work: () => void = () => undefined;
  private readonly context = createContext({
    work: () => {
      this.work();
    },
  });
  private readonly script = new Script('work()');

  /** Whether `work` came to its end within `milliseconds`. What it throws is thrown. */
  run(work: () => void, milliseconds: number): boolean {
    this.work = work;
    try {
      this.script.runInContext(this.context, { timeout: milliseconds });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
      throw error;
    }
  }
}
