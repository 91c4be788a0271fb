import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/core/settings';
import { manifest } from './manifest';

const { properties } = manifest.contributes.configuration;

describe('settings', () => {
  it('in package.json are those of the code, in the order of their names', () => {
    expect(Object.keys(properties)).toEqual(Object.keys(defaultSettings).sort());
  });

  it.each(Object.entries(defaultSettings))('%s has the same default and its type in both', (key, value) => {
    const property = properties[key];
    expect(property?.default).toEqual(value);
    const types = [property?.type].flat();
    expect(types).toContain(value === null ? 'null' : typeof value);
    if (property?.enum) expect(property.enum).toContain(value);
  });

  it.each(Object.entries(properties))('%s says in a sentence what it does', (_, { markdownDescription }) => {
    expect(markdownDescription).toMatch(/^[A-Z].*\.$/);
  });

  it('that name a program or hold a limit on money are out of a workspace’s reach', () => {
    const guarded = Object.keys(properties).filter((key) =>
      /shell|path|program|endpoint|profile|image|usd/i.test(key),
    );
    expect(guarded.length).toBeGreaterThan(0);
    for (const key of guarded) expect(properties[key]?.scope, key).toBe('machine');
    expect([...manifest.capabilities.untrustedWorkspaces.restrictedConfigurations]).toEqual(guarded.sort());
  });
});
