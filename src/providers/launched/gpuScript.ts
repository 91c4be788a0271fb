/**
 * The script that the launcher starts in place of run.sh where the job asks for GPUs: it shows each node its own. Nodes of one
 * machine would otherwise all use the first.
 */
export function gpuScript(nodes: readonly (readonly number[])[]): string {
  const cases = nodes.map((gpus, rank) => `  ${rank}) CUDA_VISIBLE_DEVICES=${gpus.join(',')} ;;\n`);
  return `case $SKYPILOT_NODE_RANK in
${cases.join('')}esac
export CUDA_VISIBLE_DEVICES
set -- "\${0%/*}/run.sh"
if command -v bash >/dev/null; then exec bash "$1"; fi
exec sh "$1"
`;
}
