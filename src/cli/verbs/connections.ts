import type { Access } from '../../core/access';
import { checkSentence, missingLines } from '../../core/access';
import type { Connection } from '../../core/provider';
import { CliError, exitCode } from '../exitCode';
import { findConnection } from '../findConnection';
import type { RunnableVerb, VerbContext } from '../verb';

const usage =
  'connections [add PROVIDER WORDS… | remove CONNECTION | check CONNECTION | sign-in CONNECTION | policy CONNECTION] [--json]';

export const connections: RunnableVerb = {
  usage,
  summary: 'List the accounts and machines that jobs can run on; add, check and remove them.',
  takes: [0, 8],
  options: {},
  help: [
    'add      such as: add aws work us-east-1 (a profile of your AWS config and a region), add ssh user@host',
    'remove   takes one out that was added; the platform is left alone',
    'check    asks the platform who you are and which permissions are missing',
    'sign-in  renews an expired sign-in in a browser',
    'policy   prints what an administrator has to allow, and nothing more',
    '--json   [{"id", "label", "jobs", "machines", "removable", "problem"}]; check: {"who", "complete", "missing": [{"permission", "needed"}]}',
  ],
  async run(context) {
    const [word, ...rest] = context.positionals;
    if (word === undefined || word === 'list') return list(context);
    const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
    if (!action || (rest.length === 0 && word !== 'add'))
      throw new CliError(exitCode.badInput, `Usage: trainyard ${usage}`);
    return action(context, rest);
  },
};

const actions: Readonly<Record<string, (context: VerbContext, words: readonly string[]) => Promise<number>>> =
  {
    add,
    remove: (context, words) =>
      one(context, words, async ({ id, remove }) => {
        if (!remove)
          throw new CliError(exitCode.badInput, `${id} was not added here, so it can’t be removed here.`);
        await remove(context.host.interrupted);
        await context.printer.line(`${id} is removed.`);
      }),
    check: (context, words) => one(context, words, (connection) => check(context, connection)),
    'sign-in': (context, words) =>
      one(context, words, async (connection) => {
        const access = accessOf(connection);
        if (!access.signIn)
          throw new CliError(exitCode.badInput, `There is nothing to sign in to: ${connection.id}`);
        await access.signIn(context.host.interrupted);
        await context.printer.line(`You are signed in: ${connection.id}`);
      }),
    policy: (context, words) =>
      one(context, words, async (connection) => {
        const { text } = await accessOf(connection).policy(context.host.interrupted);
        await context.printer.line(text.trimEnd());
      }),
  };

async function list({ host, printer, flags, core }: VerbContext): Promise<number> {
  const rows = (await (await core()).connections.all()).map((entry) =>
    entry.kind === 'broken'
      ? { ...nothing, id: entry.id, label: entry.label, problem: entry.error.message }
      : rowOf(entry.connection),
  );
  for (const { label, problem } of rows) if (problem !== null) host.err.write(`${label}: ${problem}\n`);
  if (flags.json) {
    await printer.json(rows);
    return exitCode.ok;
  }
  const shown = rows.filter(({ problem }) => problem === null);
  const words = ({ jobs, machines, removable }: Row) =>
    [jobs && 'jobs', machines && 'machines', removable && 'added here']
      .filter((word) => word !== false)
      .join(', ');
  await printer.table([['ID', 'HAS'], ...shown.map((row) => [row.id, words(row)])]);
  return exitCode.ok;
}

interface Row {
  readonly id: string;
  readonly label: string;
  readonly jobs: boolean;
  readonly machines: boolean;
  readonly removable: boolean;
  readonly problem: string | null;
}

const nothing = { jobs: false, machines: false, removable: false };

function rowOf({ id, label, trainingJobs, instances, remove }: Connection): Row {
  return {
    id,
    label,
    jobs: trainingJobs !== undefined,
    machines: instances !== undefined,
    removable: remove !== undefined,
    problem: null,
  };
}

async function add(context: VerbContext, [provider = '', ...words]: readonly string[]): Promise<number> {
  const { connections: all } = await context.core();
  const adding = all.addingOf(provider);
  if (!adding) {
    const known = all.addable().join(', ');
    throw new CliError(
      exitCode.badInput,
      provider === ''
        ? `Add to what? Name one of: ${known}`
        : `Connections can be added to ${known}, not to: ${provider}`,
    );
  }
  const text = words.join(' ');
  const problem = text === '' ? `${adding.prompt}. Such as: ${adding.example}` : adding.check(text);
  if (problem !== undefined) throw new CliError(exitCode.badInput, problem);
  const id = await adding.add(text, context.host.interrupted);
  if (id === undefined) return exitCode.refused;
  if (context.flags.json) await context.printer.json({ id });
  else await context.printer.line(`${id} is added.`);
  return exitCode.ok;
}

async function check({ host, printer, flags }: VerbContext, connection: Connection): Promise<void> {
  const result = await accessOf(connection).check(host.interrupted);
  if (flags.json) {
    await printer.json({ who: result.who, complete: result.complete, missing: result.missing });
    return;
  }
  await printer.line([`You are ${result.who}.`, checkSentence(result), ...missingLines(result)].join('\n'));
}

async function one(
  { core }: VerbContext,
  [id = '']: readonly string[],
  act: (connection: Connection) => Promise<void>,
): Promise<number> {
  await act(await findConnection(await core(), id));
  return exitCode.ok;
}

function accessOf({ id, access }: Connection): Access {
  if (!access)
    throw new CliError(exitCode.badInput, `There is nothing to sign in to or to be allowed: ${id}`);
  return access;
}
