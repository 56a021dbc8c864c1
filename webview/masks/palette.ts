export type Rgb = readonly [number, number, number];

/** What cells are painted with, as far from the background in lightness as they matter: also told apart without hue. */
export interface MaskColours {
  readonly background: Rgb;
  readonly inactive: Rgb;
  readonly dropped: Rgb;
  readonly active: Rgb;
  readonly grown: Rgb;
  /** The most, where quantities are shown. */
  readonly strong: Rgb;
}

export function mix(one: Rgb, other: Rgb, share: number): Rgb {
  const at = (i: 0 | 1 | 2) => one[i] + (other[i] - one[i]) * share;
  return [at(0), at(1), at(2)];
}
