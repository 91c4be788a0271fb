import { readFileSync } from 'node:fs';

/** The parts of package.json that the tests hold against the code. */
export interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly type: string;
  readonly engines: { readonly vscode: string };
  readonly activationEvents: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: string;
      readonly restrictedConfigurations: readonly string[];
    };
  };
  readonly contributes: Contributes;
}

export interface Contributes {
  readonly commands: readonly { command: string; title: string; category: string; icon?: string }[];
  readonly menus: Readonly<Record<string, readonly { command: string; when?: string; group?: string }[]>>;
  readonly views: Readonly<Record<string, readonly { id: string; name: string; icon: string }[]>>;
  readonly viewsContainers: { readonly activitybar: readonly { id: string; icon: string }[] };
  readonly viewsWelcome: readonly { view: string; contents: string; when?: string }[];
  readonly configuration: { readonly properties: Readonly<Record<string, Property>> };
  readonly yamlValidation: readonly { fileMatch: readonly string[]; url: string }[];
  readonly snippets: readonly { language: string; path: string }[];
  readonly walkthroughs: readonly { id: string; steps: readonly WalkthroughStep[] }[];
}

export interface Property {
  readonly type: string | readonly string[];
  readonly default: unknown;
  readonly enum?: readonly unknown[];
  readonly scope?: string;
  readonly markdownDescription?: string;
}

export interface WalkthroughStep {
  readonly id: string;
  readonly description: string;
  readonly media: { readonly markdown?: string; readonly image?: string; readonly altText?: string };
  readonly completionEvents: readonly string[];
}

export const root = new URL('../../', import.meta.url);

export const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Manifest;

/** Every `when` clause of the manifest. */
export function whenClauses(): readonly string[] {
  const { menus, viewsWelcome } = manifest.contributes;
  return [...Object.values(menus).flat(), ...viewsWelcome].flatMap(({ when }) =>
    when === undefined ? [] : [when],
  );
}

/** Every command that a text in the manifest links to. */
export function linkedCommands(): readonly string[] {
  const { viewsWelcome, walkthroughs } = manifest.contributes;
  const texts = [
    ...viewsWelcome.map(({ contents }) => contents),
    ...walkthroughs.flatMap(({ steps }) => steps.map(({ description }) => description)),
  ];
  return texts.flatMap((text) => [...text.matchAll(/\(command:([\w.]+)/g)].map(([, id]) => id ?? ''));
}
