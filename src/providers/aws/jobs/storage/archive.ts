import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ProviderError } from '../../../../core/errors';

/** The bytes within a gzipped stream. Throws what reading it throws, and `ProviderError` where it is no such stream, or not all of one. */
export async function* gunzipped(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  pipeline(Readable.from(pieces), gunzip, () => undefined);
  try {
    for await (const bytes of gunzip) yield bytes as Uint8Array;
  } catch (error) {
    if (
      error instanceof Error &&
      /^(?:Z_|ERR_STREAM_PREMATURE_CLOSE)/.test((error as NodeJS.ErrnoException).code ?? '')
    )
      throw new ProviderError('unavailable', `What the job left in S3 is damaged: ${error.message}`, {
        cause: error,
      });
    throw error;
  } finally {
    gunzip.destroy();
  }
}
