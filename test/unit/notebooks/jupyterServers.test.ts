import type { CancellationToken, Uri } from 'vscode';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../src/core/machine';
import { Emitter } from '../../../src/lib/event';
import { jupyterServers, type JupyterServerProvider } from '../../../src/ui/notebooks/jupyterServers';
import { LocalMachine } from '../../fakes/localMachine';

const token = {} as CancellationToken;

/** As the Jupyter extension does: it lists, keeps what it was given, and resolves the one that a person picks. */
class JupyterExtension {
  private provider: JupyterServerProvider | undefined;
  changes = 0;

  createJupyterServerCollection(_id: string, _label: string, provider: JupyterServerProvider) {
    this.provider = provider;
    return provider.onDidChangeServers(() => this.changes++);
  }

  list() {
    return this.provider?.provideJupyterServers(token);
  }

  pick(id: string) {
    return this.provider?.resolveJupyterServer({ id, label: '' }, token);
  }
}

function offered() {
  const machine = new LocalMachine('/nowhere');
  const changed = new Emitter<void>();
  const reached: Machine[] = [];
  const jupyter = new JupyterExtension();
  const collection = jupyter.createJupyterServerCollection(
    'trainyard',
    'Trainyard Machines',
    jupyterServers({
      onDidChange: changed.event,
      machines: () => Promise.resolve([machine]),
      reach: (one) => {
        reached.push(one);
        return Promise.resolve({ port: 4711, token: 'seKret' });
      },
      uri: (text) => text as unknown as Uri,
    }),
  );
  return { machine, changed, reached, jupyter, collection };
}

describe('The servers that the Jupyter extension is offered', () => {
  it('are those of attached machines, and a list of them tells no token and starts nothing', async () => {
    const { machine, reached, jupyter } = offered();
    expect(await jupyter.list()).toEqual([]);
    await machine.attach();
    expect(await jupyter.list()).toEqual([{ id: 'ssh/here', label: 'here' }]);
    expect(reached).toEqual([]);
  });

  it('are told with address and token once one is picked', async () => {
    const { machine, reached, jupyter } = offered();
    await machine.attach();
    expect(await jupyter.pick('ssh/here')).toEqual({
      id: 'ssh/here',
      label: 'here',
      connectionInformation: { baseUrl: 'http://127.0.0.1:4711/', token: 'seKret' },
    });
    expect(reached).toEqual([machine]);
  });

  it('are not told of a machine that is not attached or not known', async () => {
    const { machine, reached, jupyter } = offered();
    await expect(jupyter.pick('ssh/here')).rejects.toMatchObject({ name: 'ProviderError', kind: 'notFound' });
    await machine.attach();
    await expect(jupyter.pick('ssh/other')).rejects.toMatchObject({ kind: 'notFound' });
    expect(reached).toEqual([]);
  });

  it('are asked for again when machines change, until the offer is taken back', () => {
    const { changed, jupyter, collection } = offered();
    changed.fire();
    collection.dispose();
    changed.fire();
    expect(jupyter.changes).toBe(1);
  });
});
