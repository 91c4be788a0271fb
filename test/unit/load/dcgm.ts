/** One value of a Prometheus page, as DCGM's exporter gives it. */
export interface DcgmValue {
  /** Such as `DCGM_FI_DEV_GPU_UTIL`. */
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** The values of a page; comments and what can't be read are left out. */
export function parseDcgm(text: string): readonly DcgmValue[] {
  return text.split('\n').flatMap((line) => {
    const found = /^([A-Za-z_:][\w:]{0,200})(?:\{(.*)\})? ([-+.\deE]{1,40})(?: \d+)?$/.exec(line.trim());
    const value = Number(found?.[3]);
    if (!found || !Number.isFinite(value)) return [];
    const labels = [...(found[2] ?? '').matchAll(/([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
    return [
      {
        name: found[1] ?? '',
        labels: new Map(labels.map(([, key = '', text_ = '']) => [key, text_])),
        value,
      },
    ];
  });
}

/**
 * How much of each GPU or MIG instance computes, in percent. On MIG `DCGM_FI_DEV_GPU_UTIL` is missing or 0: there
 * `DCGM_FI_PROF_GR_ENGINE_ACTIVE` (0 to 1) counts, and is preferred everywhere (dcgm-exporter issues 105, 216).
 */
export function dcgmUse(text: string): ReadonlyMap<string, number> {
  const use = new Map<string, number>();
  const values = parseDcgm(text);
  const key = ({ labels }: DcgmValue) =>
    [labels.get('gpu'), labels.get('GPU_I_ID')].filter(Boolean).join('/');
  for (const one of values) if (one.name === 'DCGM_FI_DEV_GPU_UTIL') use.set(key(one), one.value);
  for (const one of values)
    if (one.name === 'DCGM_FI_PROF_GR_ENGINE_ACTIVE') use.set(key(one), one.value * 100);
  return use;
}
