import type { Row } from './row';

/** What leads to a first job from here. */
export type FirstStep = 'openFolder' | 'trust' | 'submit' | 'newFile';

/** What the empty view's welcome says, where other rows are in its place: jobs that others started, or what can't be shown. */
export function firstStepRow(step: FirstStep): Row {
  const { label, description, icon, command } = steps[step];
  return {
    id: `firstStep/${step}`,
    label,
    description,
    icon: { id: icon },
    tooltip: {
      title: 'Your first job',
      facts: [['Next step', `${label} ${description}`]],
      links: [
        { title: label, command, arguments: [] },
        {
          title: 'Open Walkthrough',
          command: 'workbench.action.openWalkthrough',
          arguments: ['trainyard.trainyard#start'],
        },
      ],
    },
    contextValue: 'firstStep',
    command: { command, title: label, arguments: [] },
  };
}

const steps: Readonly<
  Record<FirstStep, { label: string; description: string; icon: string; command: string }>
> = {
  openFolder: {
    label: 'Open Folder',
    description: 'job files are part of one',
    icon: 'folder-opened',
    command: 'vscode.openFolder',
  },
  trust: {
    label: 'Manage Workspace Trust',
    description: 'a job runs code of this workspace',
    icon: 'shield',
    command: 'workbench.trust.manage',
  },
  submit: {
    label: 'Submit Job…',
    description: 'this workspace has job files',
    icon: 'play',
    command: 'trainyard.job.submit',
  },
  newFile: {
    label: 'New Job File…',
    description: 'train from it, and watch every run here',
    icon: 'new-file',
    command: 'trainyard.job.newFile',
  },
};
