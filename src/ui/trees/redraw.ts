/**
 * Milliseconds between two drawings of a row whose figures move. The editor draws a row's buttons again with it, and one that is being
 * pressed in that moment does nothing: the rarer, the better.
 */
export const redraw = 3000;
