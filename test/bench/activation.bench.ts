import { Editor } from '../e2e/harness/editor';
import { newWorkspace } from '../e2e/harness/workspace';
import { median, type Bench } from './row';

/** What VS Code itself measured in the extension host at each of five starts of the editor. */
export const bench: Bench = async () => {
  const times: number[] = [];
  for (let start = 0; start < 5; start += 1) times.push(await activation());
  return [
    {
      number: 1,
      metric: 'activation: load + activate',
      ours: median(times),
      unit: 'ms',
      peer: { name: 'AWS Toolkit 1,513 ms (aws-toolkit-vscode#4528)', value: 1513 },
      target: { atMost: 25 },
      note: `median of ${times.join(', ')} in a fresh profile each; Developer: Show Running Extensions`,
    },
  ];
};

async function activation(): Promise<number> {
  const workspace = newWorkspace();
  const editor = await Editor.start(workspace);
  try {
    return await editor.activationMs();
  } finally {
    await editor.stop();
    workspace.delete();
  }
}
