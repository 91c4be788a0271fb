import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Core } from '../../../src/services/core';
import { Printer } from '../../../src/cli/printer';
import { waitFor } from '../../../src/cli/waitFor';
import { never, StateFolder } from '../../fakes/stateFolder';

const state = new StateFolder();

/** Waits for a job as `submit --wait` does, and gives what stood on the terminal. */
async function waited(core: Core, id: string, flags: { readonly json?: true } = {}) {
  const out = new PassThrough();
  const err = new PassThrough();
  const job = core.jobs.get(id);
  if (!job) throw new Error('No job');
  const host = {
    ...{ out, err, in: new PassThrough(), interactive: false, env: {}, cwd: state.home },
    ...{ interrupted: never, now: Date.now, openCore: () => Promise.resolve(core) },
  };
  const context = { host, printer: new Printer(out), flags, positionals: [], core: host.openCore };
  const code = await waitFor(context, core, job);
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, out: text(out), err: text(err) };
}

test('what the platform says of a job is printed while it has no log, as a line of its own each time', async () => {
  const core = await state.open();
  state.cloud.onSubmit = ({ id }) => {
    state.cloud.set(id, 'starting', { facts: [{ label: 'Cloud', value: 'Preparing \u001b[31mmachines' }] });
  };
  const { id } = await state.submit(core, 'name: slow\nrun: echo');
  const waiting = waited(core, id);
  core.jobs.onDidChange(() => {
    const now = core.jobs.get(id);
    if (now?.state === 'starting')
      state.cloud.set(id, 'succeeded', { facts: [{ label: 'Cloud', value: 'Done' }] });
  });
  state.cloud.set(id, 'starting', { facts: [{ label: 'Cloud', value: 'Downloading' }] });
  const { code, err, out } = await waiting;
  expect(code).toBe(0);
  expect(err).toMatch(/^Cloud: Preparing {2}?\[31mmachines\n(Cloud: Downloading\n)?Cloud: Done\n$/);
  expect(out).toContain(`${id} succeeded`);
});

test('with --json there are states only, each once', async () => {
  const core = await state.open();
  state.cloud.onSubmit = ({ id }) => {
    state.cloud.set(id, 'succeeded', { facts: [{ label: 'Cloud', value: 'Done' }] });
  };
  const { id } = await state.submit(core, 'name: quick\nrun: echo');
  const { err, out } = await waited(core, id, { json: true });
  expect(err).toBe('');
  const lines = out.trim().split('\n');
  expect(new Set(lines).size).toBe(lines.length);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ event: 'ended', state: 'succeeded' });
});
