import type { Host } from '../host';

/** A command by its id. What a handler needs is loaded when it first runs. */
export type CommandTable = Readonly<Record<`trainyard.${string}`, CommandHandler>>;

/**
 * Gathers what it needs, acts, and throws what goes wrong: `runCommand` shows it. From a menu it gets the node that was
 * clicked and all selected nodes, from a link or another command the id of a job, from the palette nothing.
 */
export type CommandHandler = (host: Host, ...words: unknown[]) => Promise<unknown>;
