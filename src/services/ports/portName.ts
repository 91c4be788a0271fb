/** Programs of the trade, by what their command line says. */
const programs: readonly (readonly [RegExp, string])[] = [
  [/\btensorboard\b/i, 'TensorBoard'],
  [/\bjupyter(-\w+)?\b|\bipykernel/i, 'Jupyter'],
  [/\bmlflow\b/i, 'MLflow'],
  [/\bray\b.*dashboard|dashboard.*\bray\b/i, 'Ray Dashboard'],
  [/\bgradio\b/i, 'Gradio'],
  [/\bstreamlit\b/i, 'Streamlit'],
  [/\bvllm\b/i, 'vLLM'],
  [/\btritonserver\b/i, 'Triton'],
  [/\baim\b.*\bup\b/i, 'Aim'],
];

/** Where they listen unless told otherwise. */
const usual: Readonly<Record<number, string>> = {
  5000: 'MLflow',
  6006: 'TensorBoard',
  7860: 'Gradio',
  8265: 'Ray Dashboard',
  8501: 'Streamlit',
  8888: 'Jupyter',
};

/** What answers on a port; a command line that is known says more than the number. */
export function portName(port: number, command?: string): string | undefined {
  const program = programs.find(([pattern]) => command !== undefined && pattern.test(command));
  if (program) return program[1];
  return command === undefined ? usual[port] : undefined;
}
