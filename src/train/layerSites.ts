import type * as tfjs from '@tensorflow/tfjs';
import { userFrame, type SourceLocation } from './experimentError';
import type { Tf } from './tfInstance';

type Layer = tfjs.layers.Layer;

const traces = new WeakMap<Layer, Error>();

/** Notes from now on where layers are made. The stack is only kept; reading it, which is what costs, is for errors. */
export function noteLayerSites(tf: Tf): void {
  const prototype = tf.layers.Layer.prototype as object;
  if (Object.hasOwn(prototype, '_callHook')) return;
  // A layer's constructor assigns this first of all: the only thing that every kind of layer does.
  Object.defineProperty(prototype, '_callHook', {
    configurable: true,
    get: () => null,
    set(this: Layer, value: unknown) {
      traces.set(this, new Error('a layer is made'));
      Object.defineProperty(this, '_callHook', { value, writable: true, configurable: true });
    },
  });
}

/** The line of the user's that made the layer: where `new` is said, not where its class is written. */
export function siteOf(layer: Layer, workspace: string): SourceLocation | undefined {
  const { stack = '' } = traces.get(layer) ?? {};
  const frames = stack.split('\n').filter((line) => !/^\s+at new /.test(line));
  return userFrame(frames.join('\n'), workspace);
}
