import { formatCount, formatMeasure } from '../../src/protocol/format';
import { formatDensity } from '../../src/protocol/formatDensity';
import { layoutOf } from '../../src/protocol/maskLayout';
import type { MaskMode, MaskWeight } from '../../src/protocol/masksPanel';
import { element, setShown, setText } from '../ui/dom';
import { Histogram } from './histogram';
import { folded, imageOf, pixelCounts, type ImageShape } from './imageFold';
import { MaskCanvas, type MaskCanvasContext, type PointedCell, type ShownMask } from './maskCanvas';
import type { Painter } from './painter';
import type { MaskDegrees, MaskPicture } from './maskStore';
import type { Figures, Magnitudes, RunMasks } from './runMasks';
import { changeText, deadText, summaryOf } from './summary';

/** The mask of one layer in one run, large, with what is known of it. */
export class SideView {
  private readonly title = element('span', { class: 'run-name' });
  private readonly text = element('span', { class: 'side-text' });
  private readonly note = element('p', { class: 'note', role: 'status' });
  private readonly readout = element('p', { class: 'readout', role: 'status', 'aria-live': 'polite' });
  private readonly fanIn = new Histogram('Active weights of an output', 'outputs');
  private readonly fanOut = new Histogram('Active weights of an input', 'inputs');
  private shown:
    | {
        picture: MaskPicture;
        mode: MaskMode;
        degrees?: MaskDegrees | undefined;
        magnitudes?: Magnitudes | undefined;
      }
    | undefined;
  private weight: MaskWeight | undefined;
  private image: ImageShape | undefined;
  private counts: Uint32Array | undefined;
  private fold: ShownMask | undefined;
  private readonly painter: Painter;
  private mode: MaskMode = 'mask';
  private pointed: PointedCell | undefined;
  readonly canvas: MaskCanvas;
  readonly root: HTMLElement;

  constructor(context: Omit<MaskCanvasContext, 'pointed'>) {
    this.painter = context.painter;
    this.canvas = new MaskCanvas({ ...context, pointed: (cell) => this.point(cell) });
    this.root = element(
      'section',
      { class: 'side' },
      element('div', { class: 'side-head' }, this.title, this.text),
      this.canvas.root,
      this.readout,
      this.note,
      element('div', { class: 'histograms' }, this.fanIn.root, this.fanOut.root),
    );
  }

  /** @returns whether the frame that is wanted is on the screen */
  update(run: RunMasks, name: string | undefined, frame: number, mode: MaskMode): boolean {
    const index = run.indexOf(name);
    const weight = run.weights[index];
    this.weight = weight;
    this.mode = mode;
    const step = run.steps[frame] ?? 0;
    setText(this.title, run.run ? `${run.run.name} · ${run.run.id.split('-').at(-1)}` : '');
    setText(this.note, noteOf(run, index, mode, name));
    setShown(this.note, this.note.textContent !== '');
    const picture = run.pictures.get(index);
    setShown(this.canvas.root, weight !== undefined);
    if (!weight || !picture) {
      if (!weight) setText(this.text, '');
      this.shown = undefined;
      this.canvas.show(undefined);
      return !weight;
    }
    const figures = run.figuresAt(frame, index);
    setText(this.text, `step ${formatCount(step)}: ${factsOf(figures)}`);
    this.image = imageOf(weight, index === 0);
    const counted = run.degrees.get(index);
    const degrees = mode === 'image' ? counted : undefined;
    const magnitudes = mode === 'magnitudes' ? run.magnitudes.get(index) : undefined;
    const { shown } = this;
    if (
      shown?.picture !== picture ||
      shown.mode !== mode ||
      shown.degrees !== degrees ||
      shown.magnitudes !== magnitudes
    ) {
      const sameLayer = shown?.picture.weight === picture.weight && shown.mode === mode;
      this.shown = { picture, mode, degrees, magnitudes };
      this.canvas.show(this.maskOf(weight, picture, degrees, magnitudes));
      this.point(sameLayer ? this.pointed : undefined);
    }
    if (counted) {
      const [ofOutputs, ofInputs] = inOrder(weight, counted.fanIn, counted.fanOut);
      this.fanIn.update(ofOutputs);
      this.fanOut.update(ofInputs);
    }
    this.canvas.describe(`${summaryOf(weight, figures, step)} Arrow keys read cells, + and - zoom, 0 fits.`);
    return (mode === 'image' ? degrees?.frame : picture.frame) === frame;
  }

  private maskOf(
    weight: MaskWeight,
    { frame, active, changed }: MaskPicture,
    degrees: MaskDegrees | undefined,
    magnitudes: Magnitudes | undefined,
  ): ShownMask | undefined {
    for (const made of [this.fold?.active, this.fold?.magnitudes]) if (made) this.painter.forget(made);
    this.fold = undefined;
    if (this.mode === 'image' && this.image) {
      this.counts = degrees && pixelCounts(degrees.fanOut, this.image);
      this.fold = this.counts && folded(this.counts, this.image);
      return this.fold;
    }
    this.counts = undefined;
    const shown = { layout: layoutOf(weight), frame, active, changed };
    return { ...shown, ...(magnitudes && { magnitudes: magnitudes.values }) };
  }

  private point(cell: PointedCell | undefined): void {
    this.pointed = cell;
    if (!this.weight || !this.shown) setText(this.readout, '');
    else setText(this.readout, cell ? this.read(cell, this.weight, this.shown) : this.axes(this.weight));
  }

  /** What is where, said while no cell is pointed at. */
  private axes(weight: MaskWeight): string {
    if (this.mode === 'image') return 'Point at a pixel to read it.';
    const layout = layoutOf(weight);
    const { height, width } = layout.tile;
    const kernels = height * width > 1 ? ` Each tile is a kernel of ${height} × ${width}.` : '';
    const [one, other] = inOrder(weight, 'outputs', 'inputs');
    const [across, down] = layout.transposed ? [other, one] : [one, other];
    return `${upperCase(across)} across, ${down} down.${kernels} Point at a cell to read it.`;
  }

  private read(
    { row, column, position }: PointedCell,
    weight: MaskWeight,
    { picture, magnitudes }: NonNullable<SideView['shown']>,
  ): string {
    if (this.mode === 'image' && this.image) {
      const count = this.counts?.[row * this.image.width + column] ?? 0;
      return `pixel in row ${row}, column ${column}: ${formatCount(count)} active weights`;
    }
    const layout = layoutOf(weight);
    const { height, width } = layout.tile;
    const inKernel = height * width > 1 ? ` at row ${position.y}, column ${position.x} of the kernel` : '';
    const [output, input] = inOrder(weight, position.output, position.input);
    const place = `input ${input}, output ${output}${inKernel}`;
    if (magnitudes) {
      const value = magnitudes.values[row * layout.columns + column] ?? 0;
      return value === 0
        ? `${place}: inactive`
        : `${place}: about ${formatMeasure((value / 255) * magnitudes.largest)} in size`;
    }
    const at = row * Math.ceil(layout.columns / 32) + (column >>> 5);
    const bit = (words: Uint32Array) => (((words[at] ?? 0) >>> (column & 31)) & 1) === 1;
    const state = bit(picture.active) ? 'active' : 'inactive';
    const change = bit(picture.active) ? 'grown' : 'dropped';
    return `${place}: ${state}${bit(picture.changed) ? `, ${change} by the last update` : ''}`;
  }
}

/** What the layout takes for outputs and inputs, the last two axes, as outputs and inputs of the weight. */
function inOrder<T>({ transposed }: MaskWeight, output: T, input: T): [outputs: T, inputs: T] {
  return transposed ? [input, output] : [output, input];
}

function upperCase(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function factsOf(figures: Figures): string {
  return `${formatDensity(figures)} active (${formatCount(figures.active)} of ${formatCount(figures.size)}), ${changeText(figures)}, ${deadText(figures)}`;
}

function noteOf(run: RunMasks, index: number, mode: MaskMode, name: string | undefined): string {
  if (run.gone !== undefined) return run.gone;
  if (run.steps.length === 0) return 'This run has recorded no masks.';
  if (index < 0) return `This run has no weight ${name ?? ''}.`;
  if (run.problem !== undefined) return run.problem;
  const weight = run.weights[index];
  if (mode === 'magnitudes') {
    const why = run.noMagnitudes.get(index);
    if (why !== undefined) return why;
    const read = run.magnitudes.get(index);
    return read
      ? `Magnitudes of the checkpoint at step ${formatCount(read.step)}, up to ${formatMeasure(read.largest)}; brightness is the square root. The mask is that of step ${formatCount(run.steps[read.frame] ?? 0)}, whatever the slider says.`
      : 'Reading the newest checkpoint…';
  }
  const image = mode === 'image' && weight ? imageOf(weight, index === 0) : undefined;
  if (!image) return '';
  const { height, width, channels, known } = image;
  const shape = `${height} × ${width}${channels > 1 ? ` × ${channels}` : ''}`;
  return known
    ? `Active weights of each pixel, summed over outputs, folded back onto the image of ${shape}.`
    : `Active weights of each input, summed over outputs, read as an image of ${shape}: the run does not say what its inputs are.`;
}
