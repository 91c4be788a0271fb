/** Milliseconds of one frame that drawing may take; what is left over is drawn in the next. */
const budget = 8;

const due = new Set<() => void>();

/** Calls `draw` before the next frame is shown, or the one after it where there is much to draw; once, however often asked. */
export function nextFrame(draw: () => void): void {
  if (due.size === 0) requestAnimationFrame(work);
  due.add(draw);
}

export function notNextFrame(draw: () => void): void {
  due.delete(draw);
}

function work(): void {
  const start = performance.now();
  for (const draw of due) {
    due.delete(draw);
    draw();
    if (performance.now() - start > budget) break;
  }
  if (due.size > 0) requestAnimationFrame(work);
}
