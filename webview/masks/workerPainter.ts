import source from 'worker:./paintWorker';
import type { MaskColours } from './palette';
import type { Painter } from './painter';
import type { Painting } from './painting';

/** What the worker is asked: masks are sent once, and named from then on. */
export type PaintRequest =
  | { readonly type: 'keep'; readonly id: number; readonly values: Uint32Array | Uint8Array }
  | { readonly type: 'forget'; readonly id: number }
  | {
      readonly type: 'paint';
      readonly target: number;
      readonly painting: Omit<Painting, 'active' | 'changed' | 'magnitudes'>;
      readonly active: number;
      readonly changed: number;
      readonly magnitudes: number | undefined;
      readonly width: number;
      readonly height: number;
      readonly colours: MaskColours;
    };

export interface PaintAnswer {
  readonly target: number;
  readonly width: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

type Wanted = Omit<Extract<PaintRequest, { type: 'paint' }>, 'type'>;

/** Paints in a worker, so that the page stays fluid where there is no WebGL2. Of each canvas, only the last wish counts. */
export class WorkerPainter implements Painter {
  readonly kind = 'worker';
  private readonly worker: Worker;
  private readonly ids = new Map<object, number>();
  private readonly targets = new Map<number, HTMLCanvasElement>();
  /** To be called when the painting that is under way has come. */
  private done: (() => void) | undefined;
  private readonly targetIds = new WeakMap<HTMLCanvasElement, number>();
  private readonly waiting = new Map<
    number,
    { readonly wanted: Wanted; readonly done: (() => void) | undefined }
  >();
  private busy = false;
  private nextId = 1;

  constructor() {
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.worker.onmessage = ({ data }: MessageEvent<PaintAnswer>) => {
      this.busy = false;
      const canvas = this.targets.get(data.target);
      // A canvas that was resized meanwhile waits for its next picture.
      if (canvas?.width === data.width) {
        const picture = new ImageData(data.pixels, data.width, data.pixels.length / 4 / data.width);
        canvas.getContext('2d')?.putImageData(picture, 0, 0);
        this.done?.();
      }
      this.next();
    };
  }

  paint(canvas: HTMLCanvasElement, painting: Painting, colours: MaskColours, done?: () => void): void {
    const { active, changed, magnitudes, ...rest } = painting;
    const target = this.targetIds.get(canvas) ?? this.nextId++;
    this.targetIds.set(canvas, target);
    this.targets.set(target, canvas);
    const wanted: Wanted = {
      target,
      painting: rest,
      active: this.keep(active),
      changed: this.keep(changed),
      magnitudes: magnitudes && this.keep(magnitudes),
      width: canvas.width,
      height: canvas.height,
      colours,
    };
    this.waiting.set(target, { wanted, done });
    this.next();
  }

  forget(masks: object): void {
    const id = this.ids.get(masks);
    if (id === undefined) return;
    this.ids.delete(masks);
    this.send({ type: 'forget', id });
  }

  dispose(): void {
    this.worker.terminate();
  }

  private next(): void {
    const [first] = this.waiting.values();
    if (this.busy || !first) return;
    const { wanted, done } = first;
    this.waiting.delete(wanted.target);
    this.done = done;
    this.busy = true;
    this.send({ type: 'paint', ...wanted });
  }

  private keep(values: Uint32Array | Uint8Array): number {
    const known = this.ids.get(values);
    if (known !== undefined) return known;
    const id = this.nextId++;
    this.ids.set(values, id);
    this.send({ type: 'keep', id, values });
    return id;
  }

  private send(message: PaintRequest): void {
    this.worker.postMessage(message);
  }
}
