import { durationText } from '../words';

/** `4 m`, `2 h 10 m`: in whole minutes, so that a sentence does not change each second. */
export function lastedText(milliseconds: number): string {
  return durationText(milliseconds < 60_000 ? milliseconds : Math.floor(milliseconds / 60_000) * 60_000);
}
