import { paintPixels } from './paintPixels';
import type { PaintAnswer, PaintRequest } from './workerPainter';

/** Runs in a worker: see workerPainter.ts. */
const kept = new Map<number, Uint32Array | Uint8Array>();

self.onmessage = ({ data }: MessageEvent<PaintRequest>) => {
  if (data.type === 'keep') kept.set(data.id, data.values);
  if (data.type === 'forget') kept.delete(data.id);
  if (data.type !== 'paint') return;
  const { target, painting, width, height, colours } = data;
  const active = kept.get(data.active);
  const changed = kept.get(data.changed);
  const magnitudes = data.magnitudes === undefined ? undefined : kept.get(data.magnitudes);
  const hasBits = active instanceof Uint32Array && changed instanceof Uint32Array;
  // A mask that is no longer shown leaves its canvas as it was.
  const pixels = hasBits
    ? paintPixels(
        { ...painting, active, changed, ...(magnitudes instanceof Uint8Array && { magnitudes }) },
        width,
        height,
        colours,
      )
    : new Uint8ClampedArray(0);
  const answer: PaintAnswer = { target, width: hasBits ? width : -1, pixels };
  self.postMessage(answer, { transfer: [pixels.buffer] });
};
