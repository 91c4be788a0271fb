import type { Prompts, SecretStore } from '../core/prompts';

/** Nobody is asked: what needs an answer fails with a sentence that says so. */
export const noPrompts: Prompts = {
  secret: () => Promise.resolve(undefined),
  confirm: () => Promise.resolve(false),
};

/** The CLI keeps no secrets. */
export const noSecrets: SecretStore = {
  get: () => Promise.resolve(undefined),
  delete: () => Promise.resolve(),
};
