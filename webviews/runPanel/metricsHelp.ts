import { html } from 'lit';
import type { TemplateResult } from 'lit';

const snippet = `import json, time

def report(step, **metrics):
    record = {"v": 1, "t": int(time.time() * 1000), "kind": "metric",
              "metrics": metrics, "step": step}
    print("##trainyard " + json.dumps(record), flush=True)

report(step, loss=loss, accuracy=accuracy)`;

/** What to do when a job tells no metrics. */
export function metricsHelp(ended: boolean): TemplateResult {
  return html`<section class="empty-state">
    <h2>${ended ? 'This job told no metrics' : 'No metrics yet'}</h2>
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
