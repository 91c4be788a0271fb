import { ProviderError } from '../core/errors';

/** What a notification's button does. */
export interface Remedy {
  readonly title: string;
  readonly command: string;
  readonly arguments: readonly unknown[];
}

/** Something that a person wrote can't be used, and where to mend it. */
export class InvalidInput extends ProviderError {
  constructor(
    message: string,
    readonly remedy: Remedy,
  ) {
    super('invalid', message);
  }
}
