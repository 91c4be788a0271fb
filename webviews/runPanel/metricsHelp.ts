import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { run } from './runModel';

const snippet = `import json, time

def report(step, **metrics):
    record = {"v": 1, "t": int(time.time() * 1000), "kind": "metric",
              "metrics": metrics, "step": step}
    print("##trainyard " + json.dumps(record), flush=True)

report(step, loss=loss, accuracy=accuracy)`;

/** What to do when a job tells no metrics. */
export function metricsHelp(): TemplateResult {
  const { ended = false, elsewhere } = run.job ?? {};
  const title = html`<h2>${ended ? 'This job told no metrics' : 'No metrics yet'}</h2>`;
  // Its lines are nobody's to change from here, and are not read for metrics.
  if (elsewhere)
    return html`<section class="empty-state">
      ${title}
      <p>
        It was started outside Trainyard. What its platform measures of its machines, and of the job itself
        where that was asked for, is drawn here a minute or two later.
      </p>
    </section>`;
  return html`<section class="empty-state">
    ${title}
    <p>
      Curves appear as soon as the job prints a line of JSON such as <code>{"loss": 0.52, "step": 10}</code>,
      a <code>##trainyard</code> line, or text that a <code>trainyard.metrics</code> pattern of the job file
      finds.
    </p>
    <details>
      <summary>From Python</summary>
      <pre class="code"><code>${snippet}</code></pre>
    </details>
  </section>`;
}
