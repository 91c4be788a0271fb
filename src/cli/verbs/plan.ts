import { judgesOf } from '../../core/placeProblem';
import { costText, hourlyText } from '../../core/words';
import { worstCaseUsd } from '../../core/worstCase';
import { exitCode } from '../exitCode';
import { loadJobFile, onlyJob } from '../jobFile';
import type { RunnableVerb } from '../verb';
import { warnings } from '../warnings';

export const plan: RunnableVerb = {
  usage: 'plan FILE [--env NAME[=VALUE]]… [--secret NAME]… [--json]',
  summary: 'Show where the job could run and what it would cost. Starts nothing.',
  takes: 1,
  options: { env: { type: 'string', multiple: true }, secret: { type: 'string', multiple: true } },
  help: [
    '--env, --secret   as for submit',
    '--json            [{"connection", "region", "instanceType", "nodes", "accelerators", "spot", "hourlyUsd", "pricesAsOf", "possible", "why"}],',
    '                  in a cloud also "stopsAfter" (seconds after which the platform ends the job) and "image"',
  ],
  async run({ host, printer, flags, positionals: [name = ''], core }) {
    const loaded = await loadJobFile(host, name, flags);
    const { spec } = onlyJob(loaded);
    const { jobs, connections } = await core();
    const offers = await jobs.plan(spec, host.interrupted);
    const notes = await warnings(loaded, spec, connections, judgesOf(spec, offers));
    if (flags.json) {
      for (const line of notes) host.err.write(`${line}\n`);
      await printer.json(offers);
    } else {
      const rows = offers.map((offer) => [
        offer.possible ? 'yes' : 'no',
        offer.connection,
        offer.instanceType ?? '-',
        String(offer.nodes),
        offer.accelerators ?? '-',
        hourlyText(offer.hourlyUsd),
        worstText(worstCaseUsd(spec, offer)),
        offer.why,
      ]);
      await printer.table([
        ['POSSIBLE', 'CONNECTION', 'TYPE', 'NODES', 'GPUS', 'PRICE', 'AT WORST', 'NOTE'],
        ...rows,
      ]);
      for (const line of notes) await printer.line(line);
    }
    return exitCode.ok;
  },
};

/** A job that nothing ends has no worst case. */
function worstText(usd: number | null | undefined): string {
  return usd === undefined ? '-' : costText(usd);
}
