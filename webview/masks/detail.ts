import { maskModes, type MaskMode, type Side } from '../../src/protocol/masksPanel';
import { element, setShown, setText } from '../ui/dom';
import type { Theme } from '../ui/theme';
import type { MaskColours } from './palette';
import { DensityChart } from './densityChart';
import { imageOf } from './imageFold';
import { MaskLegend } from './legend';
import type { Painter } from './painter';
import type { RunMasks } from './runMasks';
import { SideView } from './sideView';

interface DetailContext {
  readonly painter: Painter;
  theme(): Theme;
  colours(): MaskColours;
  setMode(mode: MaskMode): void;
  openLayer(): void;
}

export interface DetailView {
  /** The panel's own run, and the one it is compared with. */
  readonly runs: readonly [RunMasks, RunMasks | undefined];
  readonly frames: readonly [number, number];
  readonly name: string | undefined;
  readonly mode: MaskMode;
}

const modeLabels: Record<MaskMode, string> = {
  mask: 'Mask',
  image: 'On the image',
  magnitudes: 'Magnitudes',
};

/** One layer, large: its mask in one run or in two, and its history. */
export class Detail {
  private readonly sides: readonly [SideView, SideView];
  private readonly modes = new Map<MaskMode, HTMLElement>();
  private readonly legend = new MaskLegend();
  private readonly chart: DensityChart;
  private readonly name = element('button', { class: 'link', id: 'layer', type: 'button' });
  private readonly pair: HTMLElement;
  private mode: MaskMode = 'mask';
  readonly root: HTMLElement;
  /** Of all layers, this one above the others. */
  readonly history: HTMLElement;

  constructor(private readonly context: DetailContext) {
    const make = (side: Side): SideView =>
      new SideView({
        painter: context.painter,
        colours: () => context.colours(),
        moved: (view) => this.sides[side === 0 ? 1 : 0].canvas.follow(view),
      });
    this.sides = [make(0), make(1)];
    this.chart = new DensityChart(() => context.theme());
    this.history = this.chart.root;
    this.pair = element('div', { class: 'pair' }, ...this.sides.map(({ root }) => root));
    this.name.addEventListener('click', () => context.openLayer());
    this.root = element(
      'section',
      { id: 'detail', 'aria-label': 'The layer' },
      element(
        'div',
        { class: 'detail-head' },
        element('h2', {}, this.name),
        this.modeButtons(),
        this.zoomButtons(),
      ),
      this.legend.root,
      this.pair,
    );
  }

  /** @returns whether the masks that are wanted are on the screen */
  update({ runs, frames, name, mode }: DetailView): boolean {
    const [own, other] = runs;
    const index = own.indexOf(name);
    const weight = own.weights[index];
    const image = weight && imageOf(weight, index === 0);
    this.mode = mode === 'image' && !image ? 'mask' : mode;
    setText(this.name, weight?.name ?? '');
    this.name.title = weight?.hasSite ? 'Go to the line that makes the layer' : 'Open the experiment';
    for (const [each, button] of this.modes) {
      button.setAttribute('aria-pressed', String(each === this.mode));
      setShown(button, each !== 'image' || image !== undefined);
    }
    this.legend.update(this.mode, this.context.colours());
    const [one, two] = this.sides;
    setShown(two.root, other !== undefined);
    this.pair.classList.toggle('two', other !== undefined);
    const drawn = one.update(own, name, frames[0], this.mode);
    const otherDrawn = other ? two.update(other, name, frames[1], this.mode) : true;
    this.chart.update(other ? [own, other] : [own], name ?? '', own.steps[frames[0]]);
    return drawn && otherDrawn;
  }

  restyle(): void {
    this.legend.update(this.mode, this.context.colours());
    for (const { canvas } of this.sides) canvas.redraw();
    this.chart.restyle();
  }

  private modeButtons(): HTMLElement {
    const group = element('div', { class: 'modes', role: 'group', 'aria-label': 'What is shown' });
    for (const mode of maskModes) {
      const button = element('button', { type: 'button', 'data-mode': mode }, modeLabels[mode]);
      button.addEventListener('click', () => this.context.setMode(mode));
      this.modes.set(mode, button);
      group.append(button);
    }
    return group;
  }

  private zoomButtons(): HTMLElement {
    const button = (id: string, text: string, label: string, act: (side: SideView) => void) => {
      const made = element('button', { id, type: 'button', title: label }, text);
      if (text.length === 1) made.setAttribute('aria-label', label);
      made.addEventListener('click', () => act(this.sides[0]));
      return made;
    };
    return element(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
      button('zoomOut', '−', 'Zoom out', ({ canvas }) => canvas.zoom(false)),
      button('zoomIn', '+', 'Zoom in', ({ canvas }) => canvas.zoom(true)),
      button('fit', 'Fit', 'Show the whole mask', ({ canvas }) => canvas.fit()),
    );
  }
}
