import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../register';
import { weightsMoved } from './gathered';
import { bytesOf } from './items';
import { addressOf, nativeOf, type WasmBackend } from './native';
import { unshare } from './unshare';

/**
 * Gives a float32 variable new values. On the wasm backend they are written where the variable lies, so that who knows
 * its address (a plan) may go on using it.
 */
export function assignValues(tf: Tf, variable: tfjs.Variable, values: Float32Array): void {
  const backend = tf.backend() as unknown as WasmBackend;
  if (tf.getBackend() !== 'wasm' || !backend.dataIdMap.has(variable.dataId)) {
    const tensor = tf.tensor(values, variable.shape, 'float32');
    variable.assign(tensor);
    tensor.dispose();
    return;
  }
  unshare(tf, variable);
  new Float32Array(backend.wasm.HEAPU8.buffer, addressOf(backend, variable), values.length).set(values);
  weightsMoved();
}

/** Gives a variable the values of a tensor, likewise; in a plan it is done again with the step. */
export function assignInPlace(tf: Tf, variable: tfjs.Variable, tensor: tfjs.Tensor): void {
  const backend = tf.backend() as unknown as WasmBackend;
  if (tf.getBackend() !== 'wasm' || !backend.dataIdMap.has(variable.dataId)) {
    variable.assign(tensor);
    return;
  }
  const native = nativeOf(backend);
  // While a step is recorded, the plan holds every variable once.
  unshare(tf, variable, native.observer ? 2 : 1);
  native.run('copy', addressOf(backend, tensor), addressOf(backend, variable), bytesOf(variable));
  weightsMoved();
}

/** Sets a float32 variable to `value` at these places, or to one value at each, likewise. */
export function fillAt(
  tf: Tf,
  variable: tfjs.Variable,
  places: Int32Array,
  value: number | Float32Array,
): void {
  const valueAt = (i: number) => (typeof value === 'number' ? value : (value[i] as number));
  const backend = tf.backend() as unknown as WasmBackend;
  if (tf.getBackend() === 'wasm' && backend.dataIdMap.has(variable.dataId)) {
    unshare(tf, variable);
    const { buffer } = backend.wasm.HEAPU8;
    const values = new Float32Array(buffer, addressOf(backend, variable), variable.size);
    for (let i = 0; i < places.length; i++) values[places[i] as number] = valueAt(i);
    weightsMoved();
    return;
  }
  const there = new Uint8Array(variable.size);
  const values = new Float32Array(variable.size);
  for (let i = 0; i < places.length; i++) {
    there[places[i] as number] = 1;
    values[places[i] as number] = valueAt(i);
  }
  tf.tidy(() => {
    const condition = tf.tensor(there, variable.shape, 'bool');
    variable.assign(tf.where(condition, tf.tensor(values, variable.shape), variable));
  });
}
