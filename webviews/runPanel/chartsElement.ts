import { LightElement } from '../shared/lightElement';
import { ChartFeed } from '../shared/chartFeed';
import { runCharts } from './runCharts';
import { run } from './runModel';

/** A part of the page with charts: drawn again when the job or the list of its charts has changed. */
export abstract class ChartsElement extends LightElement {
  protected feed!: ChartFeed;

  override connectedCallback(): void {
    super.connectedCallback();
    this.feed = new ChartFeed(runCharts, () => {
      this.requestUpdate();
    });
    this.listen(run.changed, () => {
      this.requestUpdate();
    });
    this.atEnd(() => {
      this.feed.dispose();
    });
  }
}
