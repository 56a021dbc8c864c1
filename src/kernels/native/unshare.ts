import type * as tfjs from '@tensorflow/tfjs';
import { Tap } from '../plan/tap';
import type { Tf } from '../register';
import { bytesOf } from './items';
import { addressesOf, nativeOf, output, type WasmBackend } from './native';

/**
 * Sees to it that nobody else has a variable's data, which is about to be written in place. Where clones have it too,
 * these get a copy: the variable stays where it is, so that who knows its address may go on using it.
 *
 * @param references that are no clones: the variable's own, and those that whoever asks holds himself
 */
export function unshare(tf: Tf, variable: tfjs.Variable, references = 1): void {
  const backend = tf.backend() as unknown as WasmBackend;
  if (backend.refCount(variable.dataId) <= references) return;
  const tap = Tap.of(backend);
  // Done again by its calls alone, a step would write to what the clones have.
  tap?.listener?.unrepeatable('a clone of a weight that the step writes to');
  const make = () => output(backend, variable.shape, variable.dtype as 'float32');
  const copy = tap?.unheard(make) ?? make();
  const native = nativeOf(backend);
  const addresses = addressesOf(backend, variable, copy);
  native.unobserved(() => native.run('copy', ...addresses, bytesOf(variable)));
  const [kept, own] = [backend.dataIdMap.get(variable.dataId), backend.dataIdMap.get(copy.dataId)];
  [kept.memoryOffset, own.memoryOffset] = [own.memoryOffset, kept.memoryOffset];
  // By these numbers the stock kernels know the same addresses.
  [kept.id, own.id] = [own.id, kept.id];
  const tensor = tf.engine().makeTensorFromTensorInfo(copy);
  variable.assign(tensor);
  tensor.dispose();
}
