import type { NotebookInstanceLifecycleHook } from '@aws-sdk/client-sagemaker';
import { createHash } from 'node:crypto';
import { ProviderError } from '../../../core/errors';

/** Longest content of a lifecycle script, in base64 (API_NotebookInstanceLifecycleHook). */
const longest = 16_384;

const sign = '# Made by Trainyard';

/**
 * The lifecycle script that puts `src/remote/notebookIdle.sh`, given as `watch`, on a notebook instance and starts it. It is plain text, so that
 * whoever looks at it in the console sees what runs there as root. Nothing in it keeps the instance from starting.
 */
export function notebookScript(watch: string, minutes: number): string {
  return `#!/bin/sh
${sign}: stops this notebook instance when nobody uses it. "Set Idle Shutdown" in Trainyard changes it, and takes it away.
IDLE_MINUTES=${minutes}
root=\${TRAINYARD_WATCHDOG_ROOT-} unit=trainyard-idle.service
mkdir -p "$root/opt/trainyard"
cat >"$root/opt/trainyard/notebookIdle.sh" <<'END_OF_TRAINYARD'
${watch.trimEnd()}
END_OF_TRAINYARD
if [ -d "$root/run/systemd/system" ]; then
  printf '[Unit]\\nDescription=Trainyard: stops this instance when nobody uses it\\n[Service]\\nExecStart=/bin/sh %s %s\\nRestart=always\\nRestartSec=10\\n' \\
    "$root/opt/trainyard/notebookIdle.sh" "$IDLE_MINUTES" >"$root/run/systemd/system/$unit"
  systemctl daemon-reload && systemctl restart "$unit" && exit 0
fi
nohup setsid sh "$root/opt/trainyard/notebookIdle.sh" "$IDLE_MINUTES" </dev/null >/dev/null 2>&1 &
exit 0
`;
}

/** As AWS takes it. */
export function hookOf(script: string): NotebookInstanceLifecycleHook {
  const Content = Buffer.from(script).toString('base64');
  if (Content.length > longest)
    throw new ProviderError(
      'unknown',
      `The lifecycle script is too long for AWS: ${Content.length} characters`,
    );
  return { Content };
}

/** The minutes in a script of ours; `undefined`: it is not ours. */
export function scriptMinutes(hooks: readonly NotebookInstanceLifecycleHook[]): number | undefined {
  const text = textOf(hooks);
  const minutes = Number(/^IDLE_MINUTES=(\d{1,6})$/m.exec(text)?.[1] ?? 0);
  return text.includes(sign) && minutes > 0 ? minutes : undefined;
}

export function textOf(hooks: readonly NotebookInstanceLifecycleHook[]): string {
  return hooks.map(({ Content = '' }) => Buffer.from(Content, 'base64').toString()).join('\n');
}

/** What the lifecycle configuration of an instance is called; each has its own, so that a change of one is none of another. */
export function scriptName(instance: string): string {
  const name = `trainyard-idle-${instance}`;
  if (name.length <= 63) return name;
  return `${name.slice(0, 54)}-${createHash('sha256').update(instance).digest('hex').slice(0, 8)}`;
}
