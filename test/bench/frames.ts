/** What is used here of the page's own types, which these files, being Node's, do not know. */
declare function requestAnimationFrame(callback: () => void): void;

export interface Frames {
  /** Milliseconds from the beginning of each frame until it was drawn, and from one to the next. */
  readonly work: readonly number[];
  readonly between: readonly number[];
}

/** Runs in a page: watches its frames for so many seconds. */
export async function watchFrames(seconds: number): Promise<Frames> {
  const work: number[] = [];
  const between: number[] = [];
  const end = performance.now() + seconds * 1000;
  const { port1, port2 } = new MessageChannel();
  let begun = 0;
  // A message posted in a frame's beginning comes in when the frame is done.
  port1.addEventListener('message', () => {
    work.push(performance.now() - begun);
  });
  port1.start();
  await new Promise<void>((resolve) => {
    const frame = () => {
      const now = performance.now();
      if (begun > 0) between.push(now - begun);
      begun = now;
      port2.postMessage(undefined);
      if (now < end) requestAnimationFrame(frame);
      else resolve();
    };
    requestAnimationFrame(frame);
  });
  port1.close();
  return { work, between };
}
