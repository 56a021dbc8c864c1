import source from 'worker:./storeWorker';
import type {
  MaskFrames,
  MaskPart,
  MaskView,
  MaskWeight,
  Side,
  ToMasksPanel,
} from '../../src/protocol/masksPanel';
import type { MaskDegrees, MaskPicture } from './maskStore';

/** What the worker that puts masks together is told. An epoch begins with all that is known of a run. */
export type StoreRequest =
  | {
      readonly type: 'hydrate';
      readonly side: Side;
      readonly epoch: number;
      readonly weights: readonly MaskWeight[];
      readonly frames: MaskFrames;
    }
  | { readonly type: 'append'; readonly side: Side; readonly frames: MaskFrames }
  | { readonly type: 'gone'; readonly side: Side; readonly epoch: number }
  | {
      readonly type: 'parts';
      readonly id: number;
      readonly side: Side;
      readonly parts: readonly MaskPart[];
    }
  | { readonly type: 'want'; readonly views: readonly MaskView[] }
  | ({ readonly type: 'magnitudes'; readonly values: Uint8Array } & MaskView);

export type StoreAnswer =
  | { readonly type: 'ask'; readonly parts: readonly MaskView[] }
  /** Parts have been taken, and what is asked for does not name them any more. */
  | { readonly type: 'taken'; readonly id: number }
  | { readonly type: 'picture'; readonly epoch: number; readonly picture: MaskPicture }
  | { readonly type: 'degrees'; readonly epoch: number; readonly degrees: MaskDegrees }
  | {
      readonly type: 'magnitudes';
      readonly epoch: number;
      readonly view: MaskView;
      readonly cells: Uint8Array<ArrayBuffer>;
    };

interface LoaderEvents {
  /** Parts of masks to be had from the host, the most wanted first. */
  ask(parts: readonly MaskView[]): void;
  taken(id: number): void;
  picture(picture: MaskPicture): void;
  /** Come after the picture, once there is nothing more urgent. */
  degrees(degrees: MaskDegrees): void;
  magnitudes(view: MaskView, cells: Uint8Array): void;
}

/** Has pictures of masks made in a worker, out of what the host sends. */
export class MaskLoader {
  private readonly worker: Worker;
  private readonly epochs: [number, number] = [0, 0];

  constructor(events: LoaderEvents) {
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.worker.onmessage = ({ data }: MessageEvent<StoreAnswer>) => {
      switch (data.type) {
        case 'ask':
          events.ask(data.parts);
          break;
        case 'taken':
          events.taken(data.id);
          break;
        case 'picture':
          if (data.epoch === this.epochs[data.picture.side]) events.picture(data.picture);
          break;
        case 'degrees':
          if (data.epoch === this.epochs[data.degrees.side]) events.degrees(data.degrees);
          break;
        case 'magnitudes':
          if (data.epoch === this.epochs[data.view.side]) events.magnitudes(data.view, data.cells);
          break;
      }
    };
  }

  hydrate({ side, weights, frames }: Extract<ToMasksPanel, { type: 'hydrate' }>): void {
    this.send({ type: 'hydrate', side, epoch: ++this.epochs[side], weights, frames });
  }

  append({ side, frames }: Extract<ToMasksPanel, { type: 'append' }>): void {
    if (frames.steps.length > 0) this.send({ type: 'append', side, frames });
  }

  gone(side: Side): void {
    this.send({ type: 'gone', side, epoch: ++this.epochs[side] });
  }

  put({ id, side, parts }: Extract<ToMasksPanel, { type: 'parts' }>): void {
    const buffers = parts.flatMap(({ links }) => links.map(({ words }) => words.buffer));
    this.send({ type: 'parts', id, side, parts }, [...new Set(buffers)]);
  }

  /** Masks in sight, the most wanted first; of those before, what is not made yet is dropped. */
  want(views: readonly MaskView[]): void {
    this.send({ type: 'want', views });
  }

  /** @param values a byte a position */
  magnitudes(view: MaskView, values: Uint8Array): void {
    this.send({ type: 'magnitudes', ...view, values }, [values.buffer as ArrayBuffer]);
  }

  private send(message: StoreRequest, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }
}
