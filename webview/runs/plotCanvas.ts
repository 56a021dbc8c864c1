import { element } from '../ui/dom';
import { readTheme, type Theme } from '../ui/theme';

/** A canvas as wide as its place and as sharp as the screen, drawn anew when either changes. */
export class PlotCanvas {
  readonly canvas = element('canvas', { tabindex: '-1' });
  readonly root = element('div', { class: 'plot-area' }, this.canvas);
  theme: Theme = readTheme();
  width = 0;
  height = 0;
  private asked = false;

  /** @param draw in pixels of the page */
  constructor(private readonly draw: (context: CanvasRenderingContext2D) => void) {
    new ResizeObserver(() => this.resize()).observe(this.root);
  }

  restyle(): void {
    this.theme = readTheme();
    this.redraw();
  }

  /** Draws at the next frame, however often it is asked for until then. */
  redraw(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      const context = this.canvas.getContext('2d');
      if (!context || this.width === 0) return;
      const ratio = window.devicePixelRatio;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, this.width, this.height);
      context.font = this.theme.font;
      this.draw(context);
    });
  }

  /** Where the pointer is, in pixels of the page. */
  at(event: PointerEvent | MouseEvent): { x: number; y: number } {
    const { left, top } = this.canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.root;
    if (clientWidth === 0) return;
    this.width = clientWidth;
    this.height = clientHeight;
    this.canvas.width = Math.round(clientWidth * window.devicePixelRatio);
    this.canvas.height = Math.round(clientHeight * window.devicePixelRatio);
    this.redraw();
  }
}
