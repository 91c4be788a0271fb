import type { SharedConfigFiles } from '@smithy/types';

/** A profile of the shared AWS config. */
export interface Profile {
  readonly name: string;
  /** Its default one. */
  readonly region: string | undefined;
  readonly sso: SsoSession | undefined;
  /** What a person reads: where its keys come from. */
  readonly kind: string;
}

/** Where one signs in with IAM Identity Center. */
export interface SsoSession {
  /** Of an `sso-session` section; `undefined` for the older form, which stands in the profile itself. */
  readonly name: string | undefined;
  readonly startUrl: string;
  readonly region: string;
  readonly scopes: readonly string[];
}

/** As they are written now: `~/.aws/config` and `~/.aws/credentials`, or what `AWS_CONFIG_FILE` and its sister name. */
export async function readSharedConfig(): Promise<SharedConfigFiles> {
  const { loadSharedConfigFiles } = await import('@smithy/shared-ini-file-loader');
  return loadSharedConfigFiles({ ignoreCache: true });
}

/** In the order of the files, `default` first. */
export function profilesOf(files: SharedConfigFiles): readonly Profile[] {
  const names = Object.keys({ ...files.configFile, ...files.credentialsFile }).filter(
    // What a section of another kind becomes, such as `sso-session.work`.
    (name) => !/^(sso-session|services)\./.test(name),
  );
  const profiles = [...new Set(names)].map((name) => profileOf(files, name));
  return profiles.toSorted((a, b) => Number(b.name === 'default') - Number(a.name === 'default'));
}

export function profileOf(files: SharedConfigFiles, name: string): Profile {
  const written = { ...files.configFile[name], ...files.credentialsFile[name] };
  return { name, region: written.region, sso: sourceSso(files, name), kind: kindOf(written) };
}

/** Of the profile, or of the one whose keys take its role. */
function sourceSso(files: SharedConfigFiles, name: string, depth = 0): SsoSession | undefined {
  const written = { ...files.configFile[name], ...files.credentialsFile[name] };
  const source = written.source_profile;
  if (source !== undefined && source !== name && depth < 5) return sourceSso(files, source, depth + 1);
  return ssoOf(written, files.configFile);
}

type Section = Readonly<Partial<Record<string, string>>>;

function ssoOf(section: Section, sections: Readonly<Record<string, Section>>): SsoSession | undefined {
  const name = section.sso_session;
  const session = name === undefined ? section : sections[`sso-session.${name}`];
  const startUrl = session?.sso_start_url;
  const region = session?.sso_region;
  if (startUrl === undefined || region === undefined) return undefined;
  const scopes = (session?.sso_registration_scopes ?? '').split(',').map((scope) => scope.trim());
  return { name, startUrl, region, scopes: scopes.filter((scope) => scope !== '') };
}

function kindOf(section: Section): string {
  const role = /role\/(.+)$/.exec(section.role_arn ?? '')?.[1];
  if (section.sso_session !== undefined || section.sso_start_url !== undefined)
    return `IAM Identity Center${section.sso_role_name === undefined ? '' : `, ${section.sso_role_name}`}`;
  if (section.web_identity_token_file !== undefined) return 'web identity';
  if (role !== undefined) return `role ${role}`;
  if (section.credential_process !== undefined) return 'a program gives the keys';
  if (section.aws_access_key_id !== undefined) return 'keys in a file';
  if (section.login_session !== undefined) return 'aws login';
  return 'no keys';
}
