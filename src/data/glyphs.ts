import { setImmediate as nextTurn } from 'node:timers/promises';
import { columnSplit, denseColumn, labelColumn, type LabelEncoding } from './batches';
import { GlyphPen, glyphSide } from './glyphRaster';
import { digitStyles, type Style } from './glyphStrokes';
import { requireOption } from './option';
import { Random } from './random';
import type { DataSource, LoadedData, Split } from './types';

export interface GlyphsOptions {
  /** Training examples; default 12,000. */
  readonly train?: number;
  /** Test examples; default 2,000; 0 for none. */
  readonly test?: number;
  /** Of the drawings, not of the run; default 0, so that runs of different seeds see the same digits. */
  readonly seed?: number;
  /** Standard deviation of the grain added to each pixel, on the scale of [0, 1]; default 0.04. */
  readonly noise?: number;
  /** The digits 0 to classes - 1; 2 to 10, default 10. */
  readonly classes?: number;
  /** `'image'` is [28, 28, 1] (default), `'flat'` is [784]. */
  readonly shape?: 'image' | 'flat';
  /** `'oneHot'` is float32 [classes] (default), `'index'` an int32 scalar. */
  readonly labels?: LabelEncoding;
}

/**
 * Handwritten-like digits, drawn by a program: no download, any number of them, grey levels in [0, 1]. Each digit
 * is written in several styles, by a pen of varying width, jittered, rotated, slanted, scaled and shifted.
 * Example i of a split depends on the seed, the split and i alone: asking for more keeps the first ones.
 */
export function glyphs(options: GlyphsOptions = {}): DataSource {
  const {
    train = 12_000,
    test = 2_000,
    seed = 0,
    noise = 0.04,
    classes = 10,
    shape = 'image',
    labels = 'oneHot',
  } = options;
  requireOption('glyphs', 'train', train, 1, 10_000_000);
  requireOption('glyphs', 'test', test, 0, 10_000_000);
  requireOption('glyphs', 'classes', classes, 2, 10);
  if (!(noise >= 0 && noise <= 1)) throw new RangeError(`glyphs: noise must be in [0, 1]; found ${noise}`);
  const exampleShape = shape === 'flat' ? [glyphSide * glyphSide] : [glyphSide, glyphSide, 1];
  return {
    kind: 'glyphs',
    async load(): Promise<LoadedData> {
      const split = async (name: 'train' | 'test', size: number): Promise<Split> => {
        const drawn = await drawSplit(name, size, seed, noise, classes);
        const xs = denseColumn(drawn.images, exampleShape, 1 / 255);
        return columnSplit(size, xs, labelColumn(drawn.labels, classes, labels));
      };
      const loaded = {
        inputShape: exampleShape,
        outputShape: labels === 'oneHot' ? [classes] : [],
        train: await split('train', train),
        description:
          `glyphs, ${train.toLocaleString('en-US')} train + ${test.toLocaleString('en-US')} test, ` +
          `${exampleShape.join('x')}, ${classes} classes, seed ${seed}`,
      };
      return test > 0 ? { ...loaded, test: await split('test', test) } : loaded;
    },
  };
}

/** Examples drawn between two turns of the event loop: a few milliseconds. */
const examplesPerTurn = 200;

async function drawSplit(name: 'train' | 'test', size: number, seed: number, noise: number, classes: number) {
  const pixels = glyphSide * glyphSide;
  const images = new Uint8Array(size * pixels);
  const labels = new Uint8Array(size);
  const pen = new GlyphPen();
  for (let i = 0; i < size; i++) {
    const random = Random.from(seed, `glyphs/${name}`, i);
    const digit = random.int(classes);
    labels[i] = digit;
    pen.draw(pickStyle(digitStyles[digit] as readonly Style[], random), random, noise, images, i * pixels);
    if (i % examplesPerTurn === examplesPerTurn - 1) await nextTurn();
  }
  return { images, labels };
}

function pickStyle(styles: readonly Style[], random: Random): Style {
  let left = random.next() * styles.reduce((sum, style) => sum + style.weight, 0);
  for (const style of styles) {
    left -= style.weight;
    if (left < 0) return style;
  }
  return styles[0] as Style;
}
