import { formatCount } from '../../src/protocol/format';
import { formatDensity } from '../../src/protocol/formatDensity';
import { layoutOf } from '../../src/protocol/maskLayout';
import type { MaskWeight } from '../../src/protocol/masksPanel';
import { element, setText } from '../ui/dom';
import type { MaskColours } from './palette';
import type { Painter } from './painter';
import { paintingOf } from './painting';
import type { RunMasks } from './runMasks';
import { changeText, deadText, shapeText } from './summary';
import { fitted } from './viewport';

interface LayerContext {
  readonly painter: Painter;
  colours(): MaskColours;
  choose(name: string): void;
  /** Other layers have come into sight. */
  scrolled(): void;
}

/** All layers, each with its mask as it is and what is to be said of it. */
export class LayerList {
  private readonly list = element('ol', { class: 'layers' });
  private cards: LayerCard[] = [];
  private readonly inSight = new Set<Element>();
  private readonly observer: IntersectionObserver;
  private names = '';
  readonly root = element('nav', { 'aria-label': 'Layers' }, this.list);

  constructor(private readonly context: LayerContext) {
    this.observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries)
        if (isIntersecting) this.inSight.add(target);
        else this.inSight.delete(target);
      context.scrolled();
    });
  }

  update(run: RunMasks, frame: number, chosen: string | undefined): void {
    const names = JSON.stringify(run.weights);
    if (names !== this.names) {
      this.names = names;
      this.build(run.weights);
    }
    for (const [i, card] of this.cards.entries()) card.update(run, frame, i, run.weights[i]?.name === chosen);
  }

  /** Weights in sight, topmost first. */
  visible(): number[] {
    return this.cards.flatMap(({ root }, i) => (this.inSight.has(root) ? [i] : []));
  }

  repaint(): void {
    for (const card of this.cards) card.forget();
  }

  private build(weights: readonly MaskWeight[]): void {
    for (const { root } of this.cards) this.observer.unobserve(root);
    this.inSight.clear();
    this.cards = weights.map((weight) => new LayerCard(weight, this.context));
    this.list.replaceChildren(...this.cards.map(({ root }) => root));
    for (const { root } of this.cards) this.observer.observe(root);
  }
}

class LayerCard {
  private readonly canvas = element('canvas');
  private readonly figures = element('span', { class: 'figures' });
  private readonly changes = element('span', { class: 'figures' });
  /** What a picture says to others. */
  private readonly unseen = element('span', { class: 'visually-hidden' });
  private readonly pick: HTMLElement;
  private painted: object | undefined;
  readonly root: HTMLElement;

  constructor(
    private readonly weight: MaskWeight,
    private readonly context: LayerContext,
  ) {
    this.pick = element(
      'button',
      { class: 'layer', type: 'button' },
      element('span', { class: 'thumbnail' }, this.canvas),
      element('span', { class: 'name' }, weight.name),
      this.figures,
      this.changes,
      this.unseen,
    );
    this.pick.addEventListener('click', () => context.choose(weight.name));
    this.root = element('li', { 'data-weight': weight.name }, this.pick);
  }

  update(run: RunMasks, frame: number, index: number, chosen: boolean): void {
    this.pick.setAttribute('aria-pressed', String(chosen));
    const figures = run.figuresAt(frame, index);
    setText(this.figures, ` ${shapeText(this.weight)} · ${formatDensity(figures)} active`);
    setText(this.changes, ` ${changeText(figures)} · ${deadText(figures)}`);
    setText(
      this.unseen,
      ` · ${formatCount(figures.active)} of ${formatCount(figures.size)} weights · at step ${formatCount(run.steps[frame] ?? 0)}`,
    );
    const picture = run.pictures.get(index);
    if (!picture || picture === this.painted) return;
    this.painted = picture;
    const size = Math.round(this.canvas.clientWidth * devicePixelRatio);
    if (size === 0) return;
    if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
    const layout = layoutOf(this.weight);
    const view = fitted({ width: layout.columns, height: layout.rows }, { width: size, height: size });
    this.context.painter.paint(this.canvas, paintingOf(layout, view, picture), this.context.colours());
  }

  /** Paints anew at the next update, as after a change of theme. */
  forget(): void {
    this.painted = undefined;
  }
}
