/** 0.0385 -> "3.9 %": the share of weights that are active. Only none says 0 %, and only all say 100 %. */
export function formatDensity({ active, size }: { readonly active: number; readonly size: number }): string {
  if (active === 0 || size === 0) return '0 %';
  if (active === size) return '100 %';
  const percent = (100 * active) / size;
  const text = percent < 1 ? percent.toPrecision(2) : percent.toFixed(1);
  return `${text === '100.0' ? '99.9' : text} %`;
}
