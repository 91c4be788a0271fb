/** The full path of a Chromium or Chrome on this machine. */
export function chromium(): string | undefined;
