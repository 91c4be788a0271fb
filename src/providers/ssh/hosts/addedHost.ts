import { isIPv6 } from 'node:net';
import { shellCommands } from '../../../core/shellWords';
import { parseJump, parseJumps, type Jump } from './jumps';

/** A host as a person wrote it. */
export interface AddedHost {
  readonly hostName: string;
  readonly user?: string;
  readonly port?: number;
  /** As written: absolute, or from `~/`. */
  readonly identityFile?: string;
  /** As a ProxyJump. */
  readonly jumps?: string;
}

/**
 * Reads `ssh user@host -p 2222 -i ~/.ssh/key -J jump`, `user@host:2222`, `ssh://user@host:22` and the like. Gives a sentence that
 * says what is wrong instead. What it lets through can stand in an ssh_config, and in the shell of a ProxyCommand, as it is.
 */
export function readAddedHost(text: string): AddedHost | string {
  if (/\p{Cc}/u.test(text)) return 'A machine is one line of text.';
  const [command, ...more] = shellCommands(text.trim());
  if (!command) return 'Write the machine as you would for ssh, such as user@host.';
  if (more.length > 0 || command.some(({ known }) => !known))
    return 'Write one ssh command, without variables and other commands.';
  const words = command.map((word) => word.text);
  if (words[0] === 'ssh' && words.length > 1) words.shift();
  const parts = readWords(words);
  return typeof parts === 'string' ? parts : checked(parts);
}

interface Parts {
  readonly destination: Jump;
  /** By their letters. */
  readonly options: ReadonlyMap<string, string>;
}

function readWords(words: readonly string[]): Parts | string {
  const options = new Map<string, string>();
  let destination: Jump | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word.startsWith('-') && word !== '-') {
      const letter = word.slice(0, 2);
      if (!known.has(letter)) return `This option of ssh’s is not understood here; leave it out: ${word}`;
      const value = word.length > 2 ? word.slice(2) : words[++at];
      if (value === undefined || value === '') return `Nothing stands after ${letter}.`;
      if (options.has(letter)) return `This option is given twice: ${letter}`;
      options.set(letter, value);
    } else if (destination) return `Only a machine is added here, without a command to run on it: ${word}`;
    else {
      destination = isIPv6(word.replace(/^.*@/, ''))
        ? { host: word.replace(/^.*@/, ''), user: /^(.+)@/.exec(word)?.[1], port: undefined }
        : parseJump(word);
      if (!destination) return `This is not a machine’s name: ${word}`;
    }
  }
  return destination ? { destination, options } : 'The machine’s name is missing.';
}

/** Port, key, jump hosts, user. */
const known = new Set(['-p', '-i', '-J', '-l']);

function checked({ destination, options }: Parts): AddedHost | string {
  const { host: hostName } = destination;
  if (!isName(hostName)) return `This can’t be a machine’s name: ${hostName}`;
  const user = destination.user ?? options.get('-l');
  if (user !== undefined && !isUser(user)) return `This can’t be a user’s name: ${user}`;
  const written = options.get('-p');
  const port = written === undefined ? destination.port : Number(written);
  if (written !== undefined && !/^\d{1,5}$/.test(written)) return `This is not a port: ${written}`;
  if (port !== undefined && (port < 1 || port > 65_535)) return `This is not a port: ${port}`;
  const jumps = options.get('-J');
  const hops = jumps === undefined ? [] : parseJumps(jumps);
  if (!hops?.every(({ host, user: name }) => isName(host) && (name === undefined || isUser(name))))
    return `These are not machines to go through: ${jumps ?? ''}`;
  const identityFile = options.get('-i');
  if (identityFile !== undefined && !isPath(identityFile))
    return `Write the whole path of the key, such as ~/.ssh/id_ed25519, without variables: ${identityFile}`;
  return {
    hostName,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port }),
    ...(identityFile !== undefined && { identityFile }),
    ...(jumps !== undefined && { jumps }),
  };
}

/** A name, an address, or an IPv6 address with its zone. */
function isName(host: string): boolean {
  return host.length <= 253 && (/^[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u.test(host) || isIPv6(host));
}

function isUser(user: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}._@+-]*$/u.test(user);
}

function isPath(path: string): boolean {
  return /^(~?\/|[A-Za-z]:[\\/])/.test(path) && !path.includes('${') && !path.includes('"');
}
