import { mix, type MaskColours } from './palette';
import type { Painting } from './painting';
import { packed, type PackedColours } from './paintPixels';

/** Boxes of no more cells than this have their mixed colours kept. */
const fewCells = 100;
/** A word with more ones than this is counted box by box, not one by one. */
const manyOnes = 12;

/** Where boxes of cells lie in a row, and what was counted of them. */
interface Boxes {
  /** Of each column, its box; the last one is for those out of sight. */
  readonly of: Uint16Array;
  readonly kept: Uint32Array;
  readonly grown: Uint32Array;
  readonly dropped: Uint32Array;
}

/** Paints where a pixel is a box of cells: a row of boxes at a time, by what is one in the rows of cells under it. */
export function paintBoxes(
  painting: Painting,
  pixels: Uint32Array,
  width: number,
  colours: MaskColours,
  paints: PackedColours,
): void {
  const { layout, viewport, magnitudes, period } = painting;
  const { down, left, top } = viewport;
  const boxes = boxesOf(painting, width);
  const wide = Uint32Array.from({ length: width }, (_, x) => {
    const from = (x + left) * down;
    return from < 0 ? 0 : cellsIn(from, Math.min(layout.columns, from + down), period[0]);
  });
  const mixed = mixer(down * down, colours);
  for (let y = 0; y * width < pixels.length; y++) {
    const begin = (y + top) * down;
    const end = Math.min(layout.rows, begin + down);
    const high = begin < 0 ? 0 : cellsIn(begin, end, period[1]);
    if (high > 0 && !magnitudes) count(painting, boxes, begin, end);
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const cells = high * (wide[x] as number);
      const [kept, grown, dropped] = [boxes.kept[x] ?? 0, boxes.grown[x] ?? 0, boxes.dropped[x] ?? 0];
      if (cells === 0) pixels[at] = paints.background;
      else if (magnitudes)
        pixels[at] = paints.magnitudes[largest(painting, (x + left) * down, begin, end)] as number;
      else pixels[at] = kept + grown + dropped === 0 ? paints.inactive : mixed(kept, grown, dropped, cells);
    }
  }
}

function boxesOf({ viewport, words }: Painting, width: number): Boxes {
  const of = Uint16Array.from({ length: words * 32 }, (_, column) => {
    const x = Math.floor(column / viewport.down) - viewport.left;
    return x >= 0 && x < width ? x : width;
  });
  const none = () => new Uint32Array(width + 1);
  return { of, kept: none(), grown: none(), dropped: none() };
}

function count(
  { active, changed, words, viewport, layout }: Painting,
  boxes: Boxes,
  begin: number,
  end: number,
) {
  const { of, kept, grown, dropped } = boxes;
  kept.fill(0);
  grown.fill(0);
  dropped.fill(0);
  const outside = kept.length - 1;
  const firstWord = Math.max(0, (viewport.left * viewport.down) >> 5);
  const lastWord = Math.min(words, Math.ceil(((viewport.left + outside) * viewport.down) / 32));
  for (let row = begin; row < end && row < layout.rows; row++)
    for (let word = firstWord; word < lastWord; word++) {
      const now = active[row * words + word] as number;
      const differs = changed[row * words + word] as number;
      if ((now | differs) === 0) continue;
      const column = word * 32;
      add(now & ~differs, column, of, kept);
      if (differs === 0) continue;
      add(now & differs, column, of, grown);
      add(differs & ~now, column, of, dropped);
    }
}

function add(word: number, column: number, of: Uint16Array, counts: Uint32Array): void {
  let left = word;
  if (left === 0) return;
  if (ones(left) > manyOnes) {
    addMany(word, column, of, counts);
    return;
  }
  while (left !== 0) {
    const lowest = left & -left;
    left ^= lowest;
    const box = of[column + 31 - Math.clz32(lowest)] as number;
    counts[box] = (counts[box] as number) + 1;
  }
}

function addMany(word: number, column: number, of: Uint16Array, counts: Uint32Array): void {
  for (let from = 0; from < 32;) {
    const box = of[column + from] as number;
    let to = from + 1;
    while (to < 32 && of[column + to] === box) to++;
    const some = (-1 << from) & (-1 >>> (32 - to));
    counts[box] = (counts[box] as number) + ones(word & some);
    from = to;
  }
}

function mixer(most: number, colours: MaskColours) {
  const mixes = new Uint32Array(most <= fewCells ? (most + 1) ** 3 : 0);
  return (kept: number, grown: number, dropped: number, cells: number): number => {
    const at = cells === most ? (kept * (most + 1) + grown) * (most + 1) + dropped : mixes.length;
    const known = mixes[at];
    if (known !== undefined && known !== 0) return known;
    const all = kept + grown + dropped;
    const hue = (i: 0 | 1 | 2) =>
      (kept * colours.active[i] + grown * colours.grown[i] + dropped * colours.dropped[i]) / all;
    const share = Math.sqrt(Math.min(1, all / cells));
    const made = packed(mix(colours.inactive, [hue(0), hue(1), hue(2)], share));
    if (at < mixes.length) mixes[at] = made;
    return made;
  };
}

function largest(
  { layout, magnitudes, viewport }: Painting,
  left: number,
  begin: number,
  end: number,
): number {
  let most = 0;
  const right = Math.min(layout.columns, left + viewport.down);
  for (let row = begin; row < end; row++)
    for (let at = row * layout.columns + left; at < row * layout.columns + right; at++) {
      const value = magnitudes?.[at] ?? 0;
      if (value > most) most = value;
    }
  return most;
}

/** Of cells in a row, those that are not between tiles; none where there are no cells at all. */
function cellsIn(from: number, to: number, period: number): number {
  const gaps = (n: number) => (period > 1 ? Math.floor(n / period) : 0);
  return Math.max(0, to - gaps(to) - (from - gaps(from)));
}

function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
