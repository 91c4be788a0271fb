import { bytesText } from '../words';

/** What PyTorch says of it in one sentence, with as many of its numbers as there are. */
export function gpuMemoryReason(text: string): string {
  const wanted = size(/Tried to allocate ([\d.]{1,10} [KMGT]?i?B)/.exec(text));
  const gpu = /\bGPU (\d{1,3})\b/.exec(text)?.[1];
  const total = size(
    /total capacity of ([\d.]{1,10} [KMGT]?i?B)|([\d.]{1,10} [KMGT]?i?B) total capacity/.exec(text),
  );
  const free = size(/of which ([\d.]{1,10} [KMGT]?i?B) is free|([\d.]{1,10} [KMGT]?i?B) free/.exec(text));
  const device = gpu === undefined ? 'The GPU' : `GPU ${gpu}`;
  const facts = [
    ...(wanted ? [`${wanted} more were asked for`] : []),
    ...(total ? [free ? `${free} of ${total} were free` : `it has ${total}`] : []),
  ];
  return `${device} ran out of memory${facts.length > 0 ? `: ${facts.join(', and ')}` : ''}.`;
}

/** How much PyTorch holds and does not use, which is what fragmentation costs; `undefined` where it does not say. */
export function unusedReserve(text: string): string | undefined {
  return /\band ([\d.]{1,10} [KMGT]iB) is reserved by PyTorch but unallocated/.exec(text)?.[1];
}

/** What the kernel or a container's keeper wrote when it ended a process for its memory. */
export const memoryKill =
  /(?:Memory cgroup )?out of memory: Killed process \d{1,10} \(([^)]{1,100})\)(?:.{0,120}?anon-rss:(\d{1,15})kB)?|oom-kill:|oom[-_ ]kill event|\bOOM ?Killed\b|Memory cgroup out of memory|task \d{1,6}: Out Of Memory/i;

export function memoryKillReason([program, rss]: readonly (string | undefined)[]): string {
  const held = rss === undefined ? '' : `, which held ${bytesText(Number(rss) * 1024)}`;
  return program === undefined
    ? 'The machine ran out of memory, and the system killed the job.'
    : `The machine ran out of memory, and the system killed ${program}${held}.`;
}

function size(found: RegExpExecArray | null): string | undefined {
  return found?.slice(1).find(Boolean);
}
