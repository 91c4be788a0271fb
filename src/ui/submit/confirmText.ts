import type { JobSpec } from '../../core/jobSpec/jobSpec';
import type { Offer, Unsupported } from '../../core/provider';
import { longestSeconds } from '../../core/worstCase';
import { bytesText, costText, countText, durationText } from '../../core/words';
import { differences, type Before } from './differences';
import { placeText, sizeText } from './offerText';

export interface Confirmation {
  readonly spec: JobSpec;
  readonly offer: Offer;
  /** The job file's folder, as people know it. */
  readonly folder: string;
  /** What would be copied from this computer; absent when that is nothing. */
  readonly upload: { readonly files: number; readonly bytes: number } | undefined;
  readonly unsupported: readonly Unsupported[];
  /** Where the same job ran before; absent where that is not of interest. */
  readonly before?: Before | undefined;
}

/** The one question before a job starts: what, where, how much at worst, what is copied, and which nets hold. */
export function confirmText(asked: Confirmation): { message: string; detail: string } {
  const { spec, offer, before } = asked;
  return {
    message: `Submit ${spec.name ?? 'this job'} to ${placeText(offer)}?`,
    detail: [
      sizeText(offer),
      worstCase(spec, offer),
      ...(offer.why === '' ? [] : [offer.why]),
      uploadText(asked),
      guardText(spec, offer),
      ...(spec.secrets.length > 0 ? [`Secrets: ${spec.secrets.join(', ')}.`] : []),
      ...asked.unsupported.map(({ message }) => `⚠ ${message}`),
      ...(before ? differences(before, offer) : []),
    ].join('\n'),
  };
}

function worstCase(spec: JobSpec, offer: Offer): string {
  const limit = longestSeconds(spec, offer);
  if (offer.hourlyUsd === 0) return 'It costs nothing.';
  if (offer.hourlyUsd === null) return 'Its price is not known.';
  if (limit === undefined)
    return `No time limit: it costs ${costText(offer.hourlyUsd)} for each hour until it ends.`;
  return `At worst ${costText((offer.hourlyUsd * limit) / 3600)}, after ${durationText(limit * 1000)}.`;
}

function uploadText({ spec, upload, folder }: Confirmation): string {
  if (typeof spec.workdir === 'object' && spec.workdir !== null) return `Code: ${spec.workdir.url}`;
  if (!upload) return 'Nothing is copied.';
  const own = spec.workdir === null || /^\.?\/?$/.test(spec.workdir);
  const from = own ? folder : `${spec.workdir} in ${folder}`;
  return `Copies ${countText(upload.files, 'file')}, ${bytesText(upload.bytes)}, from ${from}.`;
}

/** Only nets that hold: the launcher on the machine keeps both, and the platform its own, with the editor closed too. */
function guardText(spec: JobSpec, { stopsAfter }: Offer): string {
  const { max_duration: longest, idle_gpu: idle } = spec.trainyard?.guardrails ?? {};
  const nets = [
    ...(longest === undefined ? [] : [`after ${durationText(longest * 1000)}`]),
    ...(idle === undefined
      ? []
      : [`when its GPUs are below ${idle.below} % for ${durationText(idle.for * 1000)}`]),
  ];
  const platform =
    stopsAfter === undefined ? [] : [`The platform stops it after ${durationText(stopsAfter * 1000)}.`];
  if (nets.length === 0) return platform[0] ?? 'No guardrail stops it: it runs until it ends or you stop it.';
  return [`Stops itself ${nets.join(', or ')}, also with the editor closed.`, ...platform].join(' ');
}
