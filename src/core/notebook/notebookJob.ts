import { stringify } from 'yaml';
import { executedOutput } from './executedOutput';

/** First line of a job file that was made here, and may be made anew. */
export const madeHere =
  '# Runs a notebook as a job. Made by Trainyard, which writes it anew at each Run Notebook as Job.';

export interface NotebookJob {
  /** File name of the notebook, in the folder of the job file. */
  readonly notebook: string;
  /** Such as `ssh/gpu-1`; absent: the plan offers every place. */
  readonly infra?: string;
  /** Values for the notebook's cell with the tag `parameters`. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A job file that runs a notebook from its first cell to its last with papermill, and keeps it with its outputs. */
export function notebookJobText({ notebook, infra, parameters }: NotebookJob): string {
  const job = {
    name: jobName(notebook),
    workdir: '.',
    ...(infra !== undefined && { resources: { infra } }),
    envs: { NOTEBOOK: notebook, NOTEBOOK_PARAMETERS: JSON.stringify(parameters) },
    setup,
    run,
    trainyard: { outputs: { [executedOutput]: './.notebook-job/output' } },
  };
  return `${madeHere}\n${stringify(job, { lineWidth: 0 })}`;
}

/** Source of the cell whose values a run may replace; `undefined` where the notebook has none. */
export function parametersCell(
  cells: readonly { readonly tags: readonly string[]; readonly text: string }[],
): string | undefined {
  return cells.find(({ tags }) => tags.includes('parameters'))?.text;
}

/** `lr=0.1 name="a b"` as values: JSON where it is JSON or Python's own words for it, else text. Throws `RangeError` with what is wrong. */
export function parseParameters(text: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const pattern = /\s*([A-Za-z_]\w*)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]]*\]|\S+)\s*/uy;
  while (pattern.lastIndex < text.trimEnd().length) {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new RangeError(`Expected NAME=VALUE: ${text.slice(from).trim().slice(0, 40)}`);
    const [, name = '', value = ''] = match;
    values[name] = parameterValue(value);
  }
  return values;
}

function parameterValue(text: string): unknown {
  const words: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };
  if (text in words) return words[text];
  if (text.startsWith("'")) return text.slice(1, -1);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function jobName(notebook: string): string {
  const name = notebook
    .replace(/\.ipynb$/i, '')
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .replace(/^[^A-Za-z]+|-+$/g, '');
  return name === '' ? 'notebook' : name.slice(0, 50);
}

const setup = `# A Python that has papermill and a kernel: the project's own, the machine's, or one made for this.
mkdir -p .notebook-job/output
python=
for each in .venv/bin/python3 venv/bin/python3 "$(command -v python3)" "$HOME/.trainyard/papermill/bin/python3"; do
  if [ -x "$each" ] && "$each" -c 'import papermill, ipykernel' 2>/dev/null; then
    python=$each
    break
  fi
done
if [ -z "$python" ]; then
  python=$HOME/.trainyard/papermill/bin/python3
  python3 -m venv --system-site-packages "$HOME/.trainyard/papermill"
  "$python" -m pip install --progress-bar off papermill ipykernel
fi
printf '%s\\n' "$python" >.notebook-job/python
`;

const run = `# The kernel is that Python's own. What cells print goes to the log too.
"$(cat .notebook-job/python)" -m papermill "$NOTEBOOK" ".notebook-job/output/$NOTEBOOK" \\
  --kernel python3 --language python --log-output --no-progress-bar --request-save-on-cell-execute \\
  --parameters_yaml "$NOTEBOOK_PARAMETERS"
`;
