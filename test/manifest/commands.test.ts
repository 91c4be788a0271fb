import { describe, expect, it } from 'vitest';
import { connectionCommands } from '../../src/ui/commands/connectionCommands';
import { generalCommands } from '../../src/ui/commands/generalCommands';
import { jobCommands } from '../../src/ui/commands/jobCommands';
import { machineCommands } from '../../src/ui/commands/machineCommands';
import { watchdogCommands } from '../../src/ui/commands/watchdogCommands';
import { notebookCommands } from '../../src/ui/notebooks/notebookCommands';
import type { NotebookSupport } from '../../src/ui/notebooks/notebookSupport';
import { linkedCommands, manifest } from './manifest';

const { commands, menus } = manifest.contributes;
const ids = commands.map(({ command }) => command);
const registered = [
  connectionCommands,
  jobCommands,
  machineCommands,
  watchdogCommands,
  notebookCommands(Object.create(null) as NotebookSupport),
  generalCommands(() => undefined),
].flatMap(Object.keys);

describe('commands', () => {
  it('are contributed exactly when they are registered', () => {
    expect([...ids].sort()).toEqual([...registered].sort());
  });

  it('stand in package.json in the order of their ids', () => {
    expect(ids).toEqual([...ids].sort());
  });

  it.each(commands)('$command has our category and a title in title case', ({ category, title }) => {
    expect(category).toBe('Trainyard');
    const small = new Set(['a', 'an', 'as', 'the', 'of', 'to', 'in', 'on', 'from', 'and', 'or', 'for']);
    for (const [index, word] of title.replace(/…$/, '').split(' ').entries()) {
      const fits = /^[A-Z]/.test(word) || (index > 0 && small.has(word));
      expect(fits, `"${word}" of "${title}"`).toBe(true);
    }
  });

  it('all work from the palette: none is hidden there', () => {
    expect(menus.commandPalette ?? []).toEqual([]);
  });

  it('in menus are commands of ours', () => {
    for (const { command } of Object.values(menus).flat()) expect(ids).toContain(command);
  });

  it('have an icon wherever they are drawn as one', () => {
    const drawn = Object.values(menus)
      .flat()
      .filter(({ group }) => group !== undefined && /^(navigation|inline)/.test(group))
      .map(({ command }) => command);
    expect(drawn.length).toBeGreaterThan(0);
    for (const id of drawn)
      expect(commands.find(({ command }) => command === id)?.icon, id).toMatch(/^\$\([a-z-]+\)$/);
  });

  it('that welcome texts and the walkthrough link to exist', () => {
    const linked = linkedCommands();
    expect(linked.length).toBeGreaterThan(0);
    for (const id of linked) expect(id.startsWith('trainyard.') ? ids : [id], id).toContain(id);
  });
});
