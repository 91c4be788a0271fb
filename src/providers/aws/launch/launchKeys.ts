import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../../core/errors';
import type { LaunchChoice } from '../../../core/instance';
import { isSystemError } from '../../../node/files';
import type { AwsAccount } from '../account/account';

/** What lets a person in: a key pair of EC2, a public key of this computer, or nothing. */
export type LaunchKey = { readonly pair: string } | { readonly publicKey: string } | undefined;

/** Those that OpenSSH tries by itself. */
const ownNames = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const own = 'own:';
const pair = 'pair:';

/** `home`: of the user. First those whose private key is on this computer. Throws `ProviderError`. */
export async function keyChoices(
  account: AwsAccount,
  home: string,
  signal: AbortSignal,
): Promise<readonly LaunchChoice[]> {
  const { KeyPairs = [] } = await account.ask(
    'ec2',
    'The key pairs can’t be listed',
    (sdk, client, options) => client.send(new sdk.DescribeKeyPairsCommand({}), options),
    signal,
  );
  const pairs = KeyPairs.flatMap(({ KeyName }) => (KeyName === undefined ? [] : [KeyName])).map((name) => {
    return { name, here: [`${name}.pem`, name].some((file) => isKeyHere(home, file)) };
  });
  const pairChoice = ({ name, here }: (typeof pairs)[number]): LaunchChoice => ({
    value: `${pair}${name}`,
    label: name,
    description: here ? 'key pair, its key is in ~/.ssh' : 'key pair, its key is not in ~/.ssh',
  });
  const ownKeys = ownNames.filter((name) => existsSync(join(home, '.ssh', `${name}.pub`)));
  return [
    ...pairs.filter(({ here }) => here).map(pairChoice),
    ...ownKeys.map((name) => ({
      value: `${own}${name}`,
      label: `~/.ssh/${name}.pub`,
      description: 'your own key, put on the machine at its first start',
    })),
    ...pairs.filter(({ here }) => !here).map(pairChoice),
    { value: 'none', label: 'No Key', description: 'nobody signs in unless the image lets them' },
  ];
}

/** What a choice means now. Throws `ProviderError` where it is not there any more. */
export async function launchKey(choice: string | undefined, home: string): Promise<LaunchKey> {
  if (choice?.startsWith(pair)) return { pair: choice.slice(pair.length) };
  if (!choice?.startsWith(own)) return undefined;
  const name = choice.slice(own.length);
  const path = join(home, '.ssh', `${ownNames.includes(name) ? name : 'none'}.pub`);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT', 'EACCES')) return '';
    throw error;
  });
  const line = text.trim();
  if (!/^(?:ssh|ecdsa|sk)-[\w@.-]+ [A-Za-z0-9+/=]+(?: [^\n\r]*)?$/.test(line))
    throw new ProviderError('invalid', `There is no public key of SSH in this file: ${path}`);
  return { publicKey: line };
}

/** Key pairs may be named anything. */
function isKeyHere(home: string, file: string): boolean {
  return /^[\w. @+-]+$/.test(file) && existsSync(join(home, '.ssh', file));
}
