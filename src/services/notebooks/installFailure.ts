import { ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';
import { failed } from './serverScript';

/** What is known to go wrong, by what pip and venv say of it: the first that fits tells what to do. */
const rules: readonly { readonly said: RegExp; readonly message: (label: string) => string }[] = [
  {
    said: /No space left on device|Disk quota exceeded|Errno (?:28|122)\b/i,
    message: (label) =>
      `The disk of ${label} became full while Jupyter was installed there, or your share of it did. Free 400 MB in your home folder and try again.`,
  },
  {
    // Debian splits these from Python, each into a package of its own.
    said: /ensurepip is not\s+available|No module named '?(?:pip|ensurepip|venv)\b|ensurepip[^\n]* returned non-zero/i,
    message: (label) => noVenv(label),
  },
  {
    said: /CERTIFICATE_VERIFY_FAILED|SSLError/i,
    message: (label) =>
      `${label} does not trust the server that the Python packages come from. Name your network’s own certificates there with PIP_CERT or pip.conf and try again.`,
  },
  {
    said: /name resolution|Name or service not known|Network is unreachable|Connection refused|NewConnectionError|ConnectTimeout|No route to host|ProxyError/i,
    message: (label) =>
      `${label} can’t reach the Python packages, so Jupyter can’t be installed there. Give it a way out (such as a proxy in HTTPS_PROXY), or install jupyter-server and ipykernel in a Python on it by hand.`,
  },
];

/** Why an installation failed, from the last that it said. */
export function installFailure(machine: Machine, said: string): ProviderError {
  const rule = rules.find((each) => each.said.test(said));
  return rule
    ? new ProviderError('unavailable', rule.message(machine.label))
    : failed(machine, 'install Jupyter', said);
}

/** Why none of its Pythons can make an environment; `some`: it has one. */
export function unableToInstall({ label }: Machine, some: boolean): ProviderError {
  return new ProviderError(
    'unavailable',
    some ? noVenv(label) : `There is no Python on ${label}. ${whatToInstall}`,
  );
}

const whatToInstall =
  'Install Python 3.8 or later with its venv module (Debian, Ubuntu: apt-get install python3-venv) and try again.';

function noVenv(label: string): string {
  return `No Python on ${label} can make an environment for Jupyter. ${whatToInstall}`;
}
