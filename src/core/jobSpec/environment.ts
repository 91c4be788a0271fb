import type { Field } from './field';
import type { Supplied } from './jobFile';

const dockerLogin = ['SKYPILOT_DOCKER_USERNAME', 'SKYPILOT_DOCKER_PASSWORD', 'SKYPILOT_DOCKER_SERVER'];

export interface Environment {
  readonly envs: ReadonlyMap<string, string>;
  /** Secrets whose value is known: from the file or supplied. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Names of secrets without a value. */
  readonly missing: readonly string[];
}

/** The variables of a job. `job` has passed the schema. */
export function readEnvironment(job: Field, supplied: Supplied): Environment {
  const envs = readEnvs(job, supplied.envs ?? {});
  const { secrets, references } = readSecrets(job, supplied.secrets ?? {});
  for (const name of managedSecrets(job)) references.add(name);
  checkDockerLogin(job, envs, secrets);
  return { envs, secrets, missing: [...references].filter((name) => !secrets.has(name)).sort() };
}

function readEnvs(job: Field, supplied: Readonly<Record<string, string>>): Map<string, string> {
  const envs = new Map<string, string>();
  const field = job.given('envs');
  if (field?.isNull) field.error('envs is empty. Remove it or add variables');
  const extra = Object.entries(supplied);
  for (const [name, value] of field?.fields() ?? []) {
    if (!value.isNull) envs.set(name, value.text);
    else if (!Object.hasOwn(supplied, name)) {
      value.error(`${name} has no value: give it with --env ${name}=… or write ${name}: "" for an empty one`);
    }
  }
  for (const [name, value] of extra) envs.set(name, value);
  return envs;
}

function readSecrets(job: Field, supplied: Readonly<Record<string, string>>) {
  const secrets = new Map<string, string>();
  const references = new Set<string>();
  const field = job.get('secrets');
  for (const item of field?.items() ?? []) {
    if (item.text.startsWith('secrets:')) references.add(plainName(item.text));
    else
      item.error(`Expected secrets:NAME, found "${item.text}". To give a value write a map: ${item.text}: …`);
  }
  for (const [name, value] of field?.fields() ?? []) {
    if (value.isNull) references.add(plainName(name));
    else if (name.startsWith('secrets:')) {
      value.error('A reference has no value. Remove the value, or "secrets:" before the name');
    } else secrets.set(name, value.text);
  }
  for (const [name, value] of Object.entries(supplied)) secrets.set(name, value);
  return { secrets, references };
}

function managedSecrets(job: Field): readonly string[] {
  return (job.get('managed_secrets')?.items() ?? []).flatMap((item) =>
    item.kind === 'map' ? item.fields().map(([name]) => plainName(name)) : [plainName(item.text)],
  );
}

/** `secrets:` and the scope before a name are no part of it. */
function plainName(reference: string): string {
  return reference.replace(/^(?:secrets:)+/, '').replace(/^(?:personal|workspace|global)\./, '');
}

function checkDockerLogin(
  job: Field,
  envs: ReadonlyMap<string, string>,
  secrets: ReadonlyMap<string, string>,
): void {
  const inEnvs = dockerLogin.filter((name) => envs.has(name));
  const inSecrets = dockerLogin.filter((name) => secrets.has(name));
  const field = job.get('envs') ?? job.get('secrets') ?? job;
  if (inEnvs.length > 0 && inSecrets.length > 0) {
    field.error(`${dockerLogin.join(', ')} must be together: all in envs or all in secrets`);
    return;
  }
  for (const present of [inEnvs, inSecrets]) {
    const absent = dockerLogin.filter((name) => !present.includes(name));
    if (present.length > 0 && absent.length > 0)
      field.error(`A registry login needs ${absent.join(' and ')} too`);
  }
}
