const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];

/** `0.2134`, `91 %`, `31.2 GB`, `1.2 MB/s`, `67 °C`. */
export function quantityText(value: number, unit: string): string {
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (unit === '') return plainText(value);
  if (unit.startsWith('B')) {
    const { scaled, prefix } = scaledBy(value);
    return `${short(scaled)} ${prefix}${unit}`;
  }
  return `${short(value)} ${unit}`;
}

/** Four significant digits, and powers of ten where zeros would be all there is to read. */
export function plainText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(2).replace('e+', 'e');
  return String(Number(value.toPrecision(size >= 1000 ? 6 : 4)));
}

function scaledBy(value: number): { scaled: number; prefix: string } {
  let scaled = value;
  let index = 0;
  while (Math.abs(scaled) >= 999.5 && index < prefixes.length - 1) {
    scaled /= 1000;
    index++;
  }
  return { scaled, prefix: prefixes[index] ?? '' };
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.5) return value.toFixed(0);
  return String(Number(value.toFixed(size >= 10 ? 1 : 2)));
}
