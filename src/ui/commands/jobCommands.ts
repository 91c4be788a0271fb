import type { CommandTable } from './commandTable';

const jobs = () => import('./jobActions');
const files = () => import('./jobFileActions');
const submit = () => import('../submit/submitJob');

export const jobCommands: CommandTable = {
  'trainyard.disk.free': async (host) => (await import('./diskActions')).freeDiskSpace(host),
  'trainyard.job.compare': async (...words) => (await jobs()).compareJobs(...words),
  'trainyard.job.copyId': async (...words) => (await jobs()).copyJobId(...words),
  'trainyard.job.delete': async (...words) => (await jobs()).deleteJobs(...words),
  'trainyard.job.editFile': async (...words) => (await jobs()).editJobFile(...words),
  'trainyard.job.filter': async () => (await jobs()).filterJobs(),
  'trainyard.job.newFile': async (host) => (await files()).newJobFile(host),
  'trainyard.job.open': async (...words) => (await jobs()).openJob(...words),
  'trainyard.job.openFolder': async (...words) => (await jobs()).openJobFolder(...words),
  'trainyard.job.plan': async (host, word) => (await submit()).planJob(host, word),
  'trainyard.job.resubmit': async (...words) => (await import('../submit/resubmitJob')).resubmitJob(...words),
  'trainyard.job.stop': async (...words) => (await jobs()).stopJobs(...words),
  'trainyard.job.stopListing': async (...words) => (await jobs()).stopListing(...words),
  'trainyard.job.submit': async (host, word) => (await submit()).submitJob(host, word),
  'trainyard.job.submitTo': async (...words) => (await import('../submit/submitTo')).submitTo(...words),
  'trainyard.job.validate': async (host, word) => (await files()).validateJobFile(host, word),
  'trainyard.secret.forget': async (host) => (await import('../submit/secretValues')).forgetSecret(host),
};
