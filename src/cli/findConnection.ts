import { ProviderError } from '../core/errors';
import type { Connection } from '../core/provider';
import type { Core } from '../services/core';
import { CliError, exitCode } from './exitCode';

/** The connection of that id. One that is not there was mistyped, and no platform has said no. */
export async function findConnection({ connections }: Core, id: string): Promise<Connection> {
  try {
    return await connections.get(id);
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'notFound')
      throw new CliError(exitCode.badInput, error.message);
    throw error;
  }
}
