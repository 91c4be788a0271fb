import { describe, expect, it } from 'vitest';
import type { Core } from '../../../src/services/core';
import { LazyCore } from '../../../src/ui/lazyCore';

/** A core that only counts how often it was closed. */
function aCore(): Core & { closed: number } {
  const core = { closed: 0, dispose: () => core.closed++ };
  return core as unknown as Core & { closed: number };
}

describe('the core of a window', () => {
  it('is opened by the first who needs it, once', async () => {
    let opened = 0;
    const lazy = new LazyCore(() => {
      opened++;
      return Promise.resolve(aCore());
    });
    expect(opened).toBe(0);
    const [one, other] = await Promise.all([lazy.get(), lazy.get()]);
    expect(one).toBe(other);
    expect(opened).toBe(1);
  });

  it('is handed to those who wait for it, and to those who come later', async () => {
    const lazy = new LazyCore(() => Promise.resolve(aCore()));
    const given: string[] = [];
    const use = (name: string) => () => {
      given.push(`${name} in`);
      return { dispose: () => given.push(`${name} out`) };
    };
    const early = lazy.whenOpen(use('early'));
    expect(given).toEqual([]);
    await lazy.get();
    await nextTurn();
    expect(given).toEqual(['early in']);
    const late = lazy.whenOpen(use('late'));
    expect(given).toEqual(['early in', 'late in']);
    early.dispose();
    late.dispose();
    expect(given).toEqual(['early in', 'late in', 'early out', 'late out']);
  });

  it('that could not be opened is not tried again before somebody asks to', async () => {
    let tries = 0;
    const lazy = new LazyCore(() => {
      tries++;
      return tries === 1 ? Promise.reject(new Error('locked')) : Promise.resolve(aCore());
    });
    const heard: unknown[] = [];
    lazy.onDidChange(() => heard.push(lazy.current));
    let recovered = 0;
    lazy.onDidRecover(() => recovered++);
    await expect(lazy.get()).rejects.toThrow('locked');
    await expect(lazy.get()).rejects.toThrow('locked');
    expect(tries).toBe(1);
    lazy.retry();
    const core = await lazy.get();
    await nextTurn();
    expect(tries).toBe(2);
    expect(heard).toEqual([undefined, undefined, core]);
    expect(recovered).toBe(1);
  });

  it('that is open stays open when it is asked to try again', async () => {
    const lazy = new LazyCore(() => Promise.resolve(aCore()));
    let recovered = 0;
    lazy.onDidRecover(() => recovered++);
    const core = await lazy.get();
    lazy.retry();
    expect(await lazy.get()).toBe(core);
    await nextTurn();
    expect(recovered).toBe(0);
  });

  it('is closed with the window, also where the window closes while it opens', async () => {
    const first = aCore();
    const open = new LazyCore(() => Promise.resolve(first));
    await open.get();
    open.dispose();
    expect(first.closed).toBe(1);

    const second = aCore();
    const opening = new LazyCore(() => Promise.resolve(second));
    const got = opening.get();
    opening.dispose();
    await got;
    expect(second.closed).toBe(1);
  });
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
