import { positionAt, type MaskLayout, type MaskPosition } from '../../src/protocol/maskLayout';
import { element } from '../ui/dom';
import { cssOf } from './colours';
import type { MaskColours } from './palette';
import type { Painter } from './painter';
import { paintingOf, type Painting } from './painting';
import { cellAt, fitted, panned, pixelsOf, showing, zoomed, type Viewport } from './viewport';

export interface ShownMask extends Pick<Painting, 'active' | 'changed' | 'magnitudes'> {
  readonly layout: MaskLayout;
  /** Of the run, where it is one: the root's `data-frame` once it is on the screen. */
  readonly frame?: number;
}

export interface PointedCell {
  readonly row: number;
  readonly column: number;
  readonly position: MaskPosition;
}

export interface MaskCanvasContext {
  readonly painter: Painter;
  colours(): MaskColours;
  /** A cell is under the pointer or the cursor, or none any more. */
  pointed(cell: PointedCell | undefined): void;
  /** Another part is shown: other canvases of the same layout may follow. */
  moved(view: Viewport): void;
}

/**
 * A mask that can be zoomed with the wheel or with + and -, dragged, and walked over cell by cell with the arrow keys.
 * A cell is a whole number of device pixels, or a device pixel a whole number of cells.
 */
export class MaskCanvas {
  private readonly canvas = element('canvas');
  /** Over the mask, which may be painted later than the cursor. */
  private readonly overlay = element('canvas', { class: 'overlay' });
  private readonly observer: ResizeObserver;
  private mask: ShownMask | undefined;
  private view: Viewport | undefined;
  private isFitted = true;
  private cursor: { row: number; column: number } | undefined;
  private extent = { width: 0, height: 0 };
  private frame = 0;
  readonly root: HTMLElement;

  constructor(private readonly context: MaskCanvasContext) {
    this.root = element(
      'div',
      { class: 'mask', tabindex: '0', role: 'application' },
      this.canvas,
      this.overlay,
    );
    this.root.setAttribute('aria-roledescription', 'mask');
    this.observer = new ResizeObserver(([entry]) => {
      const [box] = entry?.devicePixelContentBoxSize ?? [];
      if (box) this.resize(box.inlineSize, box.blockSize);
    });
    this.observer.observe(this.canvas, { box: 'device-pixel-content-box' });
    this.root.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    this.root.addEventListener('pointerdown', (event) => this.drag(event));
    this.root.addEventListener('pointermove', (event) => this.point(event));
    this.root.addEventListener('pointerleave', () => context.pointed(undefined));
    this.root.addEventListener('dblclick', () => this.fit());
    this.root.addEventListener('keydown', (event) => this.key(event));
    this.root.addEventListener('blur', () => {
      this.cursor = undefined;
      this.redraw();
    });
  }

  describe(summary: string): void {
    if (this.root.getAttribute('aria-label') !== summary) this.root.setAttribute('aria-label', summary);
  }

  /** Shows another mask; of the same layout, at the place that was chosen. */
  show(mask: ShownMask | undefined): void {
    const { layout } = this.mask ?? {};
    const same = mask && layout && layout.rows === mask.layout.rows && layout.columns === mask.layout.columns;
    this.mask = mask;
    if (mask && !same)
      this.root.style.setProperty('aspect-ratio', `${mask.layout.columns} / ${mask.layout.rows}`);
    if (!same) {
      this.view = undefined;
      this.isFitted = true;
      this.cursor = undefined;
    }
    // At once: who slides through time waits for it.
    this.draw();
  }

  /** Shows the part that another canvas of the same layout shows. */
  follow(view: Viewport): void {
    this.view = view;
    this.isFitted = false;
    this.redraw();
  }

  fit(): void {
    this.isFitted = true;
    this.move(undefined);
  }

  zoom(larger: boolean, at = { x: this.extent.width / 2, y: this.extent.height / 2 }): void {
    if (!this.mask || !this.view) return;
    this.isFitted = false;
    this.move(zoomed(this.view, larger, at, this.cells(this.mask.layout), this.extent));
  }

  redraw(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  dispose(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  private draw(): void {
    const { canvas, overlay, mask, extent, context } = this;
    if (extent.width === 0 || extent.height === 0) return;
    for (const each of [canvas, overlay]) {
      if (each.width !== extent.width) each.width = extent.width;
      if (each.height !== extent.height) each.height = extent.height;
    }
    if (!mask) {
      canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
      return;
    }
    if (!this.view || this.isFitted) this.view = fitted(this.cells(mask.layout), extent);
    context.painter.paint(canvas, paintingOf(mask.layout, this.view, mask), context.colours(), () => {
      this.root.dataset.frame = String(mask.frame ?? '');
    });
    this.drawCursor(this.view);
  }

  private drawCursor(view: Viewport): void {
    const pen = this.overlay.getContext('2d');
    pen?.clearRect(0, 0, this.overlay.width, this.overlay.height);
    if (!pen || !this.cursor) return;
    const side = Math.max(1, pixelsOf(1, view));
    const at = (cell: number, from: number) => Math.floor((cell * view.up) / view.down) - from;
    const [x, y] = [at(this.cursor.column, view.left), at(this.cursor.row, view.top)];
    const { background, grown } = this.context.colours();
    for (const [colour, margin] of [
      [cssOf(background), 3],
      [cssOf(grown), 2],
    ] as const) {
      pen.strokeStyle = colour;
      pen.lineWidth = margin === 3 ? 4 : 2;
      pen.strokeRect(x - margin, y - margin, side + 2 * margin, side + 2 * margin);
    }
  }

  private cells({ rows, columns }: MaskLayout) {
    return { width: columns, height: rows };
  }

  private move(view: Viewport | undefined): void {
    if (!this.mask) return;
    this.view = view ?? fitted(this.cells(this.mask.layout), this.extent);
    this.context.moved(this.view);
    this.redraw();
  }

  private resize(width: number, height: number): void {
    this.extent = { width, height };
    if (this.view && this.mask)
      this.view = panned(this.view, 0, 0, this.cells(this.mask.layout), this.extent);
    // At once: a resized canvas that waits for its drawing flickers.
    this.draw();
  }

  /** In device pixels. */
  private place(event: MouseEvent): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: Math.floor(((event.clientX - box.left) / box.width) * this.extent.width),
      y: Math.floor(((event.clientY - box.top) / box.height) * this.extent.height),
    };
  }

  private wheel(event: WheelEvent): void {
    if (event.deltaY === 0) return;
    event.preventDefault();
    this.zoom(event.deltaY < 0, this.place(event));
    this.point(event);
  }

  private drag(event: PointerEvent): void {
    if (event.button !== 0) return;
    let last = this.place(event);
    this.root.setPointerCapture(event.pointerId);
    const move = (next: PointerEvent) => {
      const place = this.place(next);
      if (!this.mask || !this.view || (place.x === last.x && place.y === last.y)) return;
      this.isFitted = false;
      this.move(
        panned(this.view, last.x - place.x, last.y - place.y, this.cells(this.mask.layout), this.extent),
      );
      last = place;
    };
    const end = () => {
      this.root.removeEventListener('pointermove', move);
      this.root.removeEventListener('pointerup', end);
      this.root.removeEventListener('pointercancel', end);
    };
    this.root.addEventListener('pointermove', move);
    this.root.addEventListener('pointerup', end);
    this.root.addEventListener('pointercancel', end);
  }

  private point(event: MouseEvent): void {
    if (!this.view || !this.mask) return;
    const { x, y } = this.place(event);
    const { row, column } = cellAt(this.view, x, y);
    this.say(row, column);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const far = event.shiftKey ? 10 : 1;
    const walks: Record<string, [number, number]> = {
      ArrowLeft: [0, -far],
      ArrowRight: [0, far],
      ArrowUp: [-far, 0],
      ArrowDown: [far, 0],
    };
    const walk = walks[event.key];
    if (walk) this.walk(walk[0], walk[1]);
    else if (event.key === '+' || event.key === '=') this.zoom(true, this.cursorPlace());
    else if (event.key === '-') this.zoom(false, this.cursorPlace());
    else if (event.key === '0') this.fit();
    else return;
    event.preventDefault();
  }

  /** Zooming by keys goes to where the cursor is. */
  private cursorPlace(): { x: number; y: number } | undefined {
    if (!this.cursor || !this.view) return undefined;
    const { up, down, left, top } = this.view;
    const { row, column } = this.cursor;
    return {
      x: Math.floor(((column + 0.5) * up) / down) - left,
      y: Math.floor(((row + 0.5) * up) / down) - top,
    };
  }

  private walk(rows: number, columns: number): void {
    if (!this.mask || !this.view) return;
    const { layout } = this.mask;
    const middle = cellAt(this.view, this.extent.width / 2, this.extent.height / 2);
    const from = this.cursor;
    const inside = (cell: number, count: number) => Math.min(count - 1, Math.max(0, cell));
    let cell = {
      row: inside(from ? from.row + rows : middle.row, layout.rows),
      column: inside(from ? from.column + columns : middle.column, layout.columns),
    };
    // Between tiles there is nothing to read.
    if (!positionAt(layout, cell.row, cell.column))
      cell = {
        row: inside(cell.row + Math.sign(rows), layout.rows),
        column: inside(cell.column + Math.sign(columns), layout.columns),
      };
    this.cursor = cell;
    this.say(cell.row, cell.column);
    this.move(showing(this.view, cell, this.cells(layout), this.extent));
  }

  private say(row: number, column: number): void {
    const position = this.mask && positionAt(this.mask.layout, row, column);
    this.context.pointed(position && { row, column, position });
  }
}
