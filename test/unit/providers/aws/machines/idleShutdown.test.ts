import { describe, expect, it } from 'vitest';
import { idleShutdownProblem } from '../../../../../src/core/idleShutdown';
import { NotebookMachines } from '../../../../../src/providers/aws/machines/notebookMachines';
import { hookOf, notebookScript } from '../../../../../src/providers/aws/machines/notebookScript';
import { SpaceMachines } from '../../../../../src/providers/aws/machines/spaceMachines';
import { unknownRate } from '../../../../../src/providers/aws/prices/ec2Prices';
import { failing, ScriptedAccount } from '../../../../fakes/aws/scriptedAccount';

const { signal } = new AbortController();
const quiet = () => undefined;
const noPause = () => Promise.resolve();
const enabled = { LifecycleManagement: 'ENABLED', IdleTimeoutInMinutes: 120 };

describe('minutes without use', () => {
  it.each([59, 525_601, 60.5, Number.NaN, -60, Infinity])('of %s are refused, with the limits', (minutes) => {
    expect(idleShutdownProblem(minutes, { least: 60, most: 525_600 })).toContain('from 60 to 525600');
  });

  it.each([60, 525_600])('of %s are good', (minutes) => {
    expect(idleShutdownProblem(minutes, { least: 60, most: 525_600 })).toBeUndefined();
  });
});

/** A space as AWS has it, which takes a look to change. */
class Space {
  own: number | undefined;
  domain: object = enabled;
  status = 'InService';
  /** What somebody else sets while we wait. */
  other: number | undefined;
  readonly sent: unknown[] = [];
  readonly answers: ConstructorParameters<typeof ScriptedAccount>[1] = {
    DescribeSpace: () => {
      const { status } = this;
      if (status === 'Updating') this.status = 'InService';
      return {
        DomainId: 'd-1',
        SpaceName: 'ana',
        Status: status,
        OwnershipSettings: { OwnerUserProfileName: 'ana' },
        SpaceSettings: {
          AppType: 'JupyterLab',
          JupyterLabAppSettings: {
            DefaultResourceSpec: { InstanceType: 'ml.g5.xlarge' },
            ...(this.own !== undefined && {
              AppLifecycleManagement: { IdleSettings: { IdleTimeoutInMinutes: this.own } },
            }),
          },
        },
      };
    },
    DescribeDomain: () => ({
      DefaultUserSettings: {
        JupyterLabAppSettings: { AppLifecycleManagement: { IdleSettings: this.domain } },
      },
    }),
    DescribeUserProfile: () => ({ UserSettings: {} }),
    UpdateSpace: (input) => {
      this.sent.push(input);
      const settings = (input as { SpaceSettings: { JupyterLabAppSettings: Settings } }).SpaceSettings;
      this.own =
        this.other ?? settings.JupyterLabAppSettings.AppLifecycleManagement.IdleSettings.IdleTimeoutInMinutes;
      this.status = 'Updating';
      return {};
    },
  };

  machines(more: ConstructorParameters<typeof ScriptedAccount>[1] = {}): SpaceMachines {
    const account = new ScriptedAccount('us-east-1', { ...this.answers, ...more });
    return new SpaceMachines(account, () => Promise.resolve(unknownRate), noPause);
  }
}

interface Settings {
  readonly AppLifecycleManagement: { readonly IdleSettings: { readonly IdleTimeoutInMinutes?: number } };
}

describe('the idle shutdown of a Studio space', () => {
  const id = 'aws/us-east-1/space/d-1/ana';

  it('is set, with the rest of the app’s settings, and turned off', async () => {
    const space = new Space();
    const { idleShutdown } = space.machines();
    const said: string[] = [];
    await idleShutdown.set(id, 90, (text) => said.push(text), signal);
    expect(space.sent).toEqual([
      {
        DomainId: 'd-1',
        SpaceName: 'ana',
        SpaceSettings: {
          JupyterLabAppSettings: {
            DefaultResourceSpec: { InstanceType: 'ml.g5.xlarge' },
            AppLifecycleManagement: { IdleSettings: { IdleTimeoutInMinutes: 90 } },
          },
        },
      },
    ]);
    expect(said).toEqual(['asking AWS', 'being changed']);
    expect(await idleShutdown.look(id, signal)).toMatchObject({ minutes: 90, stops: true });
    await idleShutdown.set(id, null, quiet, signal);
    expect(await idleShutdown.look(id, signal)).toMatchObject({
      minutes: null,
      words: 'SageMaker stops it after 120 minutes without use',
    });
  });

  it('can’t be set where its domain has it off, which is said with what to do, also once that has changed', async () => {
    const space = new Space();
    const { idleShutdown } = space.machines();
    expect((await idleShutdown.look(id, signal)).problem).toBeUndefined();
    space.domain = { LifecycleManagement: 'DISABLED' };
    const { problem, offProblem } = await idleShutdown.look(id, signal);
    expect(problem).toMatch(/has idle shutdown off.*Whoever runs the domain can turn it on.*d-1$/);
    expect(offProblem).toBeUndefined();
  });

  it('has the limits that its domain gives people', async () => {
    const space = new Space();
    space.domain = { ...enabled, MinIdleTimeoutInMinutes: 90, MaxIdleTimeoutInMinutes: 240 };
    expect(await space.machines().idleShutdown.look(id, signal)).toMatchObject({ least: 90, most: 240 });
  });

  it('can be set where the domain may not be looked at, with a warning', async () => {
    const denied = failing('forbidden', 'no');
    const { idleShutdown } = new Space().machines({ DescribeDomain: denied, DescribeUserProfile: denied });
    const { problem, notes, stops } = await idleShutdown.look(id, signal);
    expect([problem, stops]).toEqual([undefined, undefined]);
    expect(notes.join()).toContain('⚠ Whether its domain');
  });

  it('that somebody else sets at the same time is told, with what they set', async () => {
    const space = new Space();
    space.other = 480;
    await expect(space.machines().idleShutdown.set(id, 60, quiet, signal)).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('480 minutes') as string,
    });
  });

  it('can’t be set while AWS changes the space', async () => {
    const space = new Space();
    space.status = 'Updating';
    const { problem, offProblem } = await space.machines().idleShutdown.look(id, signal);
    expect(problem).toContain('Try again in a minute');
    expect(offProblem).toBe(problem);
  });

  it('that AWS refuses fails with its words', async () => {
    const { idleShutdown } = new Space().machines({ UpdateSpace: failing('forbidden', 'not allowed') });
    await expect(idleShutdown.set(id, 60, quiet, signal)).rejects.toThrow('not allowed');
  });
});

/** A notebook instance as AWS has it. */
class Notebook {
  status = 'Stopped';
  attached: string | undefined;
  readonly scripts = new Map<string, unknown[]>();
  decision = 'allowed';
  readonly answers: ConstructorParameters<typeof ScriptedAccount>[1] = {
    DescribeNotebookInstance: () => {
      const { status } = this;
      if (status === 'Updating') this.status = 'Stopped';
      return {
        NotebookInstanceName: 'lab',
        NotebookInstanceArn: 'arn:lab',
        NotebookInstanceStatus: status,
        RoleArn: 'arn:aws:iam::1:role/science',
        NotebookInstanceLifecycleConfigName: this.attached,
      };
    },
    DescribeNotebookInstanceLifecycleConfig: ({ NotebookInstanceLifecycleConfigName: name }) => {
      const OnStart = this.scripts.get(name as string);
      return OnStart ? { OnStart } : failing('notFound', 'does not exist')({});
    },
    CreateNotebookInstanceLifecycleConfig: (input) => {
      this.scripts.set(input.NotebookInstanceLifecycleConfigName as string, input.OnStart as unknown[]);
      return {};
    },
    UpdateNotebookInstanceLifecycleConfig: (input) => {
      this.scripts.set(input.NotebookInstanceLifecycleConfigName as string, input.OnStart as unknown[]);
      return {};
    },
    DeleteNotebookInstanceLifecycleConfig: (input) => {
      this.scripts.delete(input.NotebookInstanceLifecycleConfigName as string);
      return {};
    },
    UpdateNotebookInstance: (input) => {
      this.attached = input.LifecycleConfigName as string | undefined;
      this.status = 'Updating';
      return {};
    },
    ListNotebookInstances: () => ({
      NotebookInstances: [
        { NotebookInstanceName: 'lab', NotebookInstanceLifecycleConfigName: this.attached },
      ],
    }),
    SimulatePrincipalPolicy: () => ({ EvaluationResults: [{ EvalDecision: this.decision }] }),
  };

  open(more: ConstructorParameters<typeof ScriptedAccount>[1] = {}) {
    const account = new ScriptedAccount('us-east-1', { ...this.answers, ...more });
    const price = () => Promise.resolve(unknownRate);
    const machines = new NotebookMachines(account, price, () => Promise.resolve('echo\n'), noPause);
    return { account, idleShutdown: machines.idleShutdown };
  }
}

describe('the idle shutdown of a notebook instance', () => {
  const id = 'aws/us-east-1/notebook/lab';

  it('is a script of its own, which is attached, changed, detached and deleted', async () => {
    const lab = new Notebook();
    const { idleShutdown, account } = lab.open();
    expect(await idleShutdown.look(id, signal)).toMatchObject({ minutes: null, stops: false });
    await idleShutdown.set(id, 60, quiet, signal);
    expect(lab.attached).toBe('trainyard-idle-lab');
    expect(await idleShutdown.look(id, signal)).toMatchObject({
      minutes: 60,
      words: 'Trainyard’s script stops it after 60 minutes without use',
    });
    // The content changes while it runs; only what is attached can't.
    lab.status = 'InService';
    await idleShutdown.set(id, 30, quiet, signal);
    const look = await idleShutdown.look(id, signal);
    expect(look).toMatchObject({ minutes: 30, stops: true });
    expect(look.notes.join()).toContain('from its next start on');
    expect(look.offProblem).toContain('Stop it first');
    await expect(idleShutdown.set(id, null, quiet, signal)).rejects.toMatchObject({ kind: 'conflict' });
    lab.status = 'Stopped';
    await idleShutdown.set(id, null, quiet, signal);
    expect([lab.attached, lab.scripts.size]).toEqual([undefined, 0]);
    expect(account.asked.filter((name) => name === 'UpdateNotebookInstance')).toHaveLength(2);
  });

  it('is given to a stopped one only', async () => {
    const lab = new Notebook();
    lab.status = 'InService';
    expect((await lab.open().idleShutdown.look(id, signal)).problem).toMatch(/Stop it first: lab$/);
  });

  it('never takes the place of somebody’s own script, nor of one that merely has its name', async () => {
    const lab = new Notebook();
    lab.attached = 'mine';
    lab.scripts.set('mine', [{ Content: Buffer.from('pip install torch').toString('base64') }]);
    const { idleShutdown, account } = lab.open();
    await expect(idleShutdown.set(id, 60, quiet, signal)).rejects.toThrow(/left alone.*mine$/);
    await expect(idleShutdown.set(id, null, quiet, signal)).rejects.toThrow(/left alone/);
    lab.attached = undefined;
    lab.scripts.set('trainyard-idle-lab', [{ Content: Buffer.from('echo mine').toString('base64') }]);
    await expect(idleShutdown.set(id, 60, quiet, signal)).rejects.toThrow(/not Trainyard’s/);
    expect(account.asked.filter((name) => /^(Create|Update|Delete)/.test(name))).toEqual([]);
  });

  it('takes a script of ours that was left behind', async () => {
    const lab = new Notebook();
    lab.scripts.set('trainyard-idle-lab', [hookOf(notebookScript('', 600))]);
    await lab.open().idleShutdown.set(id, 60, quiet, signal);
    expect(lab.attached).toBe('trainyard-idle-lab');
  });

  it('leaves no script behind where AWS does not attach it', async () => {
    const lab = new Notebook();
    const { idleShutdown } = lab.open({ UpdateNotebookInstance: failing('invalid', 'Status (Updating)') });
    await expect(idleShutdown.set(id, 60, quiet, signal)).rejects.toThrow('Status (Updating)');
    expect(lab.scripts.size).toBe(0);
  });

  it.each([
    ['allowed', /its own role, which may do that: science/],
    ['implicitDeny', /⚠.*may not do that.*sagemaker:StopNotebookInstance.*science/],
  ])('says whether its role may stop it: %s', async (decision, words) => {
    const lab = new Notebook();
    lab.decision = decision;
    expect((await lab.open().idleShutdown.look(id, signal)).notes.join(' ')).toMatch(words);
  });

  it('says so where the role may not be looked at', async () => {
    const { idleShutdown } = new Notebook().open({ SimulatePrincipalPolicy: failing('forbidden', 'no') });
    expect((await idleShutdown.look(id, signal)).notes.join(' ')).toMatch(/could not be looked at.*science/);
  });
});
