/** A failure that was foreseen: its message says what failed, why and what to do, and no stack is shown. */
export class Failure extends Error {}

/** Runs a script's main function and turns what it throws into one sentence and exit code 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Failure ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
