import { isProgram, which } from './command.mjs';

/** The full path of a Chromium or Chrome on this machine. */
export function chromium() {
  return (
    ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map(which).find(Boolean) ??
    [
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ].find(isProgram)
  );
}
