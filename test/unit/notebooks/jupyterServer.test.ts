import { expect, it } from 'vitest';
import { JupyterServer } from '../../../src/services/notebooks/jupyterServer';
import {
  ServerScript,
  type FoundServer,
  type RunningServer,
} from '../../../src/services/notebooks/serverScript';
import { LocalMachine } from '../../fakes/localMachine';

const never = new AbortController().signal;
const hash = 'h';
const python = { path: '/usr/bin/python3', version: '3.12.0', server: true, kernel: true, venv: true };
const aServer: RunningServer = { port: 8888, pid: 7, started: '1', boot: 'b', hash, token: 'a'.repeat(16) };

/** A machine on which a server can be started, and whose answers to looks come when the test says so. */
class SlowScript extends ServerScript {
  running: RunningServer | undefined;
  hold: Promise<void> | undefined;

  override hash(): Promise<string> {
    return Promise.resolve(hash);
  }

  override async find(): Promise<FoundServer> {
    const { running, hold } = this;
    await hold;
    return { ...(running && { running }), pythons: [python] };
  }

  override start(): Promise<RunningServer> {
    this.running = aServer;
    return Promise.resolve(aServer);
  }

  override end(): Promise<void> {
    this.running = undefined;
    return Promise.resolve();
  }
}

const prompts = {
  install: () => Promise.resolve(true),
  replace: () => Promise.resolve(true),
  progress: () => undefined,
};

it('a look that began before the server was started does not make it unknown again', async () => {
  const script = new SlowScript('');
  const server = new JupyterServer(new LocalMachine('/nowhere'), script, () => '');
  const { promise, resolve } = Promise.withResolvers<undefined>();
  script.hold = promise.then(() => undefined);
  const late = server.find({}, never);
  script.hold = undefined;
  await server.ensure(prompts, never);
  expect(server.known).toEqual(aServer);
  resolve(undefined);
  await late;
  expect(server.known).toEqual(aServer);

  const { promise: next, resolve: answer } = Promise.withResolvers<undefined>();
  script.hold = next.then(() => undefined);
  const another = server.find({}, never);
  await server.end(never);
  answer(undefined);
  await another;
  expect(server.known).toBeUndefined();
});

it('of two looks at once the one that began later counts, whichever answers first', async () => {
  const script = new SlowScript('');
  const server = new JupyterServer(new LocalMachine('/nowhere'), script, () => '');
  const { promise, resolve } = Promise.withResolvers<undefined>();
  script.hold = promise.then(() => undefined);
  const earlier = server.find({}, never);
  script.running = aServer;
  const later = server.find({}, never);
  resolve(undefined);
  await Promise.all([earlier, later]);
  expect(server.known).toEqual(aServer);
});
