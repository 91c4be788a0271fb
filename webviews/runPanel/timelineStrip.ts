import { html, nothing, svg } from 'lit';
import type { SVGTemplateResult, TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { readTimeline } from '../../src/protocol/runPanel';
import type { TimelineMark, TimelineSpan, TimelineView } from '../../src/protocol/runPanel';
import { ask } from '../shared/host';
import { LightElement } from '../shared/lightElement';
import { oneAtATime } from '../shared/oneAtATime';
import { clockText, exactText } from '../shared/times';
import { messageOf, run } from './runModel';

const letterWidth = 6.3;

/** Where the time went: phases as bands, the script's own steps below them, checkpoints and warnings as marks. */
@customElement('timeline-strip')
export class TimelineStrip extends LightElement {
  @state() private view: TimelineView | null | undefined;
  @state() private problem: string | undefined;
  /** In pixels: a label is drawn only where there is room for it. */
  @state() private width = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    const size = new ResizeObserver(() => {
      this.width = this.clientWidth;
    });
    size.observe(this);
    this.atEnd(() => {
      size.disconnect();
    });
    this.listen(run.metricsGrew, this.load);
    this.listen(run.changed, this.load);
    this.load();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.problem !== undefined) {
      return html`<p class="problem" role="alert">The timeline can’t be read: ${this.problem}</p>`;
    }
    const { view } = this;
    if (!view) return nothing;
    const bands = view.spans.filter(({ kind }) => kind !== 'step');
    const steps = view.spans.filter(({ kind }) => kind === 'step');
    const height = steps.length > 0 ? 44 : 24;
    return html`<section class="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title" class="unseen">Timeline</h2>
      <svg class="strip" width="100%" height=${height} aria-hidden="true">
        ${bands.map((span) => this.span(span, view, 0, 20))}
        ${steps.map((span) => this.span(span, view, 22, 18))}
        ${view.marks.map((mark) => this.mark(mark, view, height))}
      </svg>
      <div class="strip-ends" aria-hidden="true">
        <span>${clockText(view.from)}</span><span>${clockText(view.to)}</span>
      </div>
      <ol class="unseen">
        ${[...view.spans, ...view.marks].sort((a, b) => at(a) - at(b)).map((one) => html`<li>${words(one)}</li>`)}
      </ol>
    </section>`;
  }

  private span(span: TimelineSpan, view: TimelineView, y: number, height: number): SVGTemplateResult {
    const x = share(span.from, view);
    // Even the shortest phase is to be seen.
    const width = Math.max(0.3, share(span.to, view) - x);
    return svg`<svg class="span span-${span.kind} ${span.open ? 'span-open' : ''}" x="${x}%" y=${y} width="${width}%" height=${height}>
      <title>${words(span)}</title>
      <rect width="100%" height="100%" rx="2"></rect>
      <text x="5" y=${height / 2} dominant-baseline="central">${this.fitting(span.label, width)}</text>
    </svg>`;
  }

  /** As much of a label as there is room for: all, its number (`epoch 12`), or nothing. */
  private fitting(label: string, percent: number): string {
    const room = (percent / 100) * this.width - 8;
    const choices = [label, /\d+$/.exec(label)?.[0] ?? ''];
    return choices.find((text) => text.length * letterWidth <= room) ?? '';
  }

  private mark(mark: TimelineMark, view: TimelineView, height: number): SVGTemplateResult {
    const x = share(mark.t, view);
    return svg`<svg class="mark mark-${mark.kind}" x="${x}%" y="0" overflow="visible">
      <title>${words(mark)}</title>
      <line y1="0" y2=${height}></line>
      <circle cy=${height - 5} r="4"></circle>
    </svg>`;
  }

  private readonly load = oneAtATime(
    async () => {
      try {
        this.view = await ask(readTimeline, undefined);
        this.problem = undefined;
      } catch (error) {
        this.problem = messageOf(error);
      }
    },
    () => this.isConnected,
  );
}

function share(t: number, { from, to }: TimelineView): number {
  return (Math.min(Math.max(0, t - from), to - from) / (to - from)) * 100;
}

function at(one: TimelineSpan | TimelineMark): number {
  return 't' in one ? one.t : one.from;
}

function words(one: TimelineSpan | TimelineMark): string {
  if ('t' in one) return `${one.label}, ${exactText(one.t)}`;
  return `${one.label}: ${one.duration}${one.open ? ' so far' : ''}, from ${clockText(one.from)}`;
}
