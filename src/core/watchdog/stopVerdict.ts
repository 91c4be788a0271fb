import type { PowerOff } from '../instance';
import type { OwnStop } from './ownStop';
import type { Cloud, StopProspect } from './stopProspect';

/** Whether a machine can be stopped from within, and what that does to its bill. */
export type StopVerdict =
  | {
      readonly possible: true;
      /** The command, as it will be run. */
      readonly stop: string;
      /** How far it is proved, in a sentence. */
      readonly proof: string;
      /** What the stop does to the bill, in a sentence. */
      readonly bill: string;
      /** Whether the bill is known to end with the stop. */
      readonly endsBill: boolean;
    }
  | {
      readonly possible: false;
      /** Why not, and what to do. */
      readonly reason: string;
      /** Whether a command of the user's own would help. */
      readonly ownHelps: boolean;
    };

/**
 * Powering off from within ends the bill on some clouds and not on others: Azure bills a VM until it is deallocated
 * (learn.microsoft.com/azure/virtual-machines/states-billing); AWS stops or terminates it, by InstanceInitiatedShutdownBehavior; on Lambda
 * only terminating does. What nobody knows is never promised. `told`: what the platform itself says of this very machine.
 */
export function stopVerdict(found: StopProspect, own: OwnStop | undefined, told?: PowerOff): StopVerdict {
  if (!found.hasUptime) {
    const reason = `The watchdog needs Linux: it reads /proc, and this machine runs ${found.system || 'something else'}.`;
    return { possible: false, reason, ownHelps: false };
  }
  if (own !== undefined) {
    const reason = ownProblem(own);
    if (reason !== undefined) return { possible: false, reason, ownHelps: true };
    return { possible: true, stop: own.command, proof: ownProof(own), ...ownBill(found.cloud, own.command) };
  }
  const reason = found.cloud && told === undefined ? refusals[found.cloud] : undefined;
  if (reason !== undefined) return { possible: false, reason, ownHelps: true };
  if (found.stop === undefined) return { possible: false, reason: noStop(found), ownHelps: true };
  return {
    possible: true,
    stop: found.stop,
    proof: sentence(found.proof),
    ...(told ? toldBill[told] : powerOff(found.cloud)),
  };
}

/** Clouds where a machine that powers itself off is still paid for, and what to do there. */
const refusals: Partial<Record<Cloud, string>> = {
  azure:
    'Azure bills a VM that was shut down from within until it is deallocated. Give a stop command that deallocates it, such as `az vm deallocate` with a managed identity that may.',
  lambda:
    'Lambda bills an instance until it is terminated, which also deletes its disk; shutting it down from within does not end the bill. Give a stop command that terminates it, if that is what you want.',
  runpod:
    'A RunPod pod can’t switch itself off from within. Give a stop command such as `runpodctl stop pod` with the ID of the pod.',
};

const toldBill: Record<PowerOff, { readonly bill: string; readonly endsBill: boolean }> = {
  stop: {
    bill: 'The platform says that it stops this machine when it powers itself off, which ends the bill for the machine. Its disks and a fixed address are still billed.',
    endsBill: true,
  },
  terminate: {
    bill: '⚠ The platform says that it TERMINATES this machine when it powers itself off: it is deleted with its disk, and all that is on it. Set its shutdown behavior to stop first if you want to keep it.',
    endsBill: true,
  },
};

function powerOff(cloud: Cloud | undefined): { bill: string; endsBill: boolean } {
  switch (cloud) {
    case 'aws':
      return {
        bill: 'AWS then stops the instance, or terminates it with its disk where its shutdown behavior says so: look at “Shutdown behavior” in the console. Disks and addresses of a stopped one are still billed.',
        endsBill: true,
      };
    case 'gcp':
      return {
        bill: 'Google then bills no more for the VM; its disks and addresses are still billed.',
        endsBill: true,
      };
    default:
      return {
        bill: 'The machine powers off. Whether that ends its bill depends on who rents it to you, and is not known here.',
        endsBill: false,
      };
  }
}

function ownProblem({ state, word }: OwnStop): string | undefined {
  if (state === 'wrong')
    return 'The machine’s shell does not understand the stop command. Look at its quotes and brackets.';
  if (state === 'missing')
    return `The machine has no program of that name that you may run, so the stop command would fail. Install it, or give its whole path: ${word}`;
  return undefined;
}

function ownProof({ state, word }: OwnStop): string {
  const known =
    state === 'found' ? `\`${word}\` is there` : 'Whether the machine can run it could not be seen';
  return `It is your own command. ${known}; it is not tried now, and nothing else is tried when it fails.`;
}

function ownBill(cloud: Cloud | undefined, own: string): { bill: string; endsBill: boolean } {
  if (cloud === 'azure' && !/deallocate|\bdelete\b/i.test(own)) {
    return {
      bill: 'This command does not deallocate the VM as far as can be seen, so Azure may go on billing it.',
      endsBill: false,
    };
  }
  return { bill: 'What your command does to the bill is not known here.', endsBill: false };
}

function noStop({ container, why }: StopProspect): string {
  const end = 'Give a stop command of your own, such as one of your cloud.';
  if (container) return `This is a container, which can’t switch off the machine that it runs on. ${end}`;
  return `Nothing here may stop the machine without a password (${why}). Allow it with a line in sudoers, such as \`you ALL=(root) NOPASSWD: /sbin/shutdown\`, or give a stop command of your own.`;
}

function sentence(text: string): string {
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
