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

  it('that name a program or a price are the machine’s own, out of a workspace’s reach', () => {
    const guarded = Object.keys(properties).filter((key) =>
      /local\.(shell|hourlyUsd)|path|program|endpoint|profile|image/.test(key),
    );
    expect(guarded.length).toBeGreaterThan(0);
    for (const key of guarded) expect(properties[key]?.scope, key).toBe('machine');
  });

  it('that hold a limit on money are the person’s own: they count in remote windows too', () => {
    const limits = Object.keys(properties).filter((key) => key.startsWith('trainyard.guardrails.'));
    expect(limits.length).toBeGreaterThan(0);
    for (const key of limits) expect(properties[key]?.scope, key).toBe('application');
  });

  it('that a workspace must not choose are named for Restricted Mode', () => {
    const named = Object.keys(properties).filter((key) =>
      ['machine', 'application'].includes(properties[key]?.scope ?? ''),
    );
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    for (const key of restricted) expect(named).toContain(key);
    for (const key of named.filter((one) => !one.includes('notifications')))
      expect(restricted).toContain(key);
  });
});
