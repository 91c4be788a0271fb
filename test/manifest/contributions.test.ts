import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseJsonWithComments } from '../../src/ui/jsonWithComments';
import { isJobFileName } from '../../src/ui/language/jobFileName';
import { machineScheme } from '../../src/ui/machines/machineUri';
import { comparePanelViewType } from '../../src/protocol/comparePanel';
import { machinePanelViewType } from '../../src/protocol/machinePanel';
import { runPanelViewType } from '../../src/protocol/runPanel';
import { manifest, root, type WalkthroughStep } from './manifest';

const { contributes } = manifest;
const exists = (path: string) => existsSync(new URL(path, root));
const views = (contributes.views.trainyard ?? []).map(({ id }) => id);

describe('the extension', () => {
  it('is an ES module that activates when nobody waits for it', () => {
    expect(manifest.type).toBe('module');
    expect(manifest.main).toBe('./dist/extension.js');
    expect([...manifest.activationEvents]).toEqual([
      'onStartupFinished',
      `onWebviewPanel:${runPanelViewType}`,
      `onWebviewPanel:${comparePanelViewType}`,
      `onWebviewPanel:${machinePanelViewType}`,
      `onFileSystem:${machineScheme}`,
    ]);
  });

  it('asks for a VS Code whose Node has SQLite', () => {
    expect(manifest.engines.vscode).toBe('^1.105.0');
  });

  it('works in Restricted Mode', () => {
    expect(manifest.capabilities.untrustedWorkspaces.supported).toBe('limited');
  });
});

describe('views', () => {
  it('are the five of the design', () => {
    expect(views).toEqual(
      ['jobs', 'machines', 'models', 'endpoints', 'spend'].map((name) => `trainyard.${name}`),
    );
  });

  it('each have a welcome, whatever the workspace is', () => {
    for (const id of views) expect(contributes.viewsWelcome.map(({ view }) => view)).toContain(id);
  });
});

describe('files that package.json names', () => {
  const icons = [
    manifest.icon,
    ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
    ...Object.values(contributes.views).flatMap((each) => each.map(({ icon }) => icon)),
  ];
  const media = contributes.walkthroughs.flatMap(({ steps }) =>
    steps.map((step) => step.media.markdown ?? step.media.image ?? ''),
  );

  it.each([...new Set([...icons, ...media])])('%s is there', (path) => {
    expect(exists(path)).toBe(true);
  });

  it.each(contributes.snippets)('$path is there, with snippets for $language', ({ path }) => {
    const snippets = parseJsonWithComments(readFileSync(new URL(path, root), 'utf8')) as Record<
      string,
      { prefix: unknown; body: unknown; description: unknown }
    >;
    expect(Object.keys(snippets).length).toBeGreaterThan(0);
    for (const [name, { prefix, body, description }] of Object.entries(snippets)) {
      expect(prefix && body && description, name).toBeTruthy();
    }
  });

  it('the JSON Schema is for the names that we call job files', () => {
    for (const { fileMatch, url } of contributes.yamlValidation) {
      expect(url).toBe('./dist/schema/job.schema.json');
      for (const pattern of fileMatch) expect(isJobFileName(pattern.replace('*', 'train'))).toBe(true);
    }
  });
});

describe('the walkthrough', () => {
  const steps = contributes.walkthroughs.flatMap(({ steps: own }) => own);

  it('has five steps', () => {
    expect(steps).toHaveLength(5);
  });

  it.each(steps.map((step): [string, WalkthroughStep] => [step.id, step]))(
    'step %s ticks itself',
    (_, { completionEvents }) => {
      const text = JSON.stringify(contributes);
      expect(completionEvents.length).toBeGreaterThan(0);
      for (const event of completionEvents) {
        const [kind, name = ''] = event.split(':');
        expect(['onCommand', 'onContext', 'onSettingChanged']).toContain(kind);
        if (kind === 'onCommand') expect(text).toContain(`"command":"${name}"`);
        if (kind === 'onSettingChanged')
          expect(Object.keys(contributes.configuration.properties)).toContain(name);
      }
    },
  );
});
