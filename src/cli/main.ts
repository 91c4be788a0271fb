import type { Core } from '../services/core';
import { CancelledError, messageOf, ProviderError } from '../core/errors';
import type { Log } from '../core/log';
import { readArguments } from './arguments';
import { CliError, exitCode } from './exitCode';
import type { CliHost } from './host';
import { Printer } from './printer';
import type { RunnableVerb } from './verb';
import { connections } from './verbs/connections';
import { jobs } from './verbs/jobs';
import { logs } from './verbs/logs';
import { machines } from './verbs/machines';
import { metrics } from './verbs/metrics';
import { outputs } from './verbs/outputs';
import { plan } from './verbs/plan';
import { stop } from './verbs/stop';
import { submit } from './verbs/submit';
import { validate } from './verbs/validate';

const verbs: Readonly<Record<string, RunnableVerb>> = {
  validate,
  plan,
  submit,
  jobs,
  logs,
  metrics,
  outputs,
  stop,
  machines,
  connections,
};

/** Runs one command line and gives its exit code. Every failure is one printed sentence; a stack means a bug of ours. */
export async function main(words: readonly string[], host: CliHost): Promise<number> {
  const [word = 'help', ...rest] = words;
  const printer = new Printer(host.out);
  let core: Promise<Core> | undefined;
  try {
    if (['help', '--help', '-h'].includes(word)) {
      await printer.line(help());
      return exitCode.ok;
    }
    const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
    if (!verb) throw new CliError(exitCode.badInput, `There is no command "${word}".\n\n${help()}`);
    const { flags, positionals } = readArguments(verb, rest);
    if (flags.help) {
      await printer.line([`Usage: trainyard ${verb.usage}`, '', verb.summary, '', ...verb.help].join('\n'));
      return exitCode.ok;
    }
    const open = () => (core ??= host.openCore(stderrLog(host)));
    return await verb.run({ host, printer, flags, positionals, core: open });
  } catch (error) {
    return failure(error, host);
  } finally {
    await core?.then(
      (opened) => {
        opened.dispose();
      },
      () => undefined,
    );
  }
}

function failure(error: unknown, host: CliHost): number {
  if (host.interrupted.aborted) {
    host.err.write('Interrupted. A job that was submitted goes on; see it with: trainyard jobs\n');
    return exitCode.interrupted;
  }
  if (error instanceof CancelledError) return exitCode.ok;
  if (error instanceof CliError) {
    host.err.write(`${error.message}\n`);
    return error.code;
  }
  if (error instanceof ProviderError) {
    host.err.write(`${error.message}\n`);
    return error.kind === 'invalid' ? exitCode.badInput : exitCode.platformSaidNo;
  }
  host.err.write(
    `This is a bug in Trainyard: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`,
  );
  return exitCode.platformSaidNo;
}

function stderrLog(host: CliHost): Log {
  const write = (level: string) => (message: string | Error) => {
    host.err.write(`trainyard: ${level}: ${messageOf(message)}\n`);
  };
  const silent = () => undefined;
  const loud = host.env.TRAINYARD_DEBUG === '1';
  return {
    debug: loud ? write('debug') : silent,
    info: loud ? write('info') : silent,
    warn: write('warning'),
    error: write('error'),
  };
}

function help(): string {
  const width = Math.max(...Object.keys(verbs).map((name) => name.length));
  return [
    'trainyard: train on any machine from one job file.',
    '',
    ...Object.entries(verbs).map(([name, verb]) => `  trainyard ${name.padEnd(width)}  ${verb.summary}`),
    '',
    'Each takes --help. Exit codes: 0 done, 1 the job failed, 2 bad input, 3 refused by a guardrail,',
    '4 the platform said no, 130 interrupted (the job goes on).',
  ].join('\n');
}
