import type * as tfjs from '@tensorflow/tfjs';
import type { AdamWClass } from '../adamW';
import { fusing, updateObserver } from '../fusion';
import type { Tf } from '../register';
import { weightsMoved } from './gathered';
import { addressOf, nativeOf, output, type WasmBackend } from './native';
import { topologyOf } from './topology';
import type { Topology } from './topologyMemory';
import { unshare } from './unshare';

type Gradients =
  readonly { readonly name: string; readonly tensor: tfjs.Tensor | null }[] | tfjs.NamedTensorMap;
type Slots = readonly ({ readonly variable: tfjs.Variable } | undefined)[];
/** An optimizer's own fields, whatever class it is. */
type Fields = Readonly<Record<string, unknown>> & { incrementIterations(): void };
type ApplyGradients = (this: Fields, gradients: Gradients) => void;

/** How an optimizer's update is one kernel. */
interface FusedUpdate {
  readonly kernel: string;
  /** Names of the fields with the optimizer's slots, in the order of the kernel's table. */
  slots(fields: Fields): readonly string[];
  /** What the kernel takes beside the table: read at every step, since a schedule may have changed it. */
  numbers(fields: Fields, address: (tensor: unknown) => number, epsilon: number): readonly number[];
  /** Single numbers that move on with every step: the field, and by which factor or amount. */
  moving?(fields: Fields): readonly Moving[];
}

type Moving = readonly [field: string, kernel: 'multiplyOne' | 'addOne', by: number];

const number = (fields: Fields, name: string) => fields[name] as number;

const gradientDescent: FusedUpdate = {
  kernel: 'gradientDescent',
  slots: () => [],
  numbers: (fields, address) => [address(fields.c)],
};
const momentum: FusedUpdate = {
  kernel: 'momentum',
  slots: () => ['accumulations'],
  numbers: (fields, address) => [address(fields.c), address(fields.m), fields.useNesterov ? 1 : 0],
};
const adam: FusedUpdate = {
  kernel: 'adam',
  slots: () => ['accumulatedFirstMoment', 'accumulatedSecondMoment'],
  numbers: (fields, address) => [
    ...[address(fields.accBeta1), address(fields.accBeta2)],
    ...[number(fields, 'beta1'), 1 - number(fields, 'beta1')],
    ...[number(fields, 'beta2'), 1 - number(fields, 'beta2')],
    ...[number(fields, 'epsilon'), -number(fields, 'learningRate'), 1],
  ],
  moving: (fields) => [
    ['accBeta1', 'multiplyOne', number(fields, 'beta1')],
    ['accBeta2', 'multiplyOne', number(fields, 'beta2')],
  ],
};
const adamW: FusedUpdate = {
  ...adam,
  numbers: (fields, address, epsilon) => [
    ...adam.numbers(fields, address, epsilon).slice(0, -1),
    1 - number(fields, 'learningRate') * number(fields, 'weightDecay'),
  ],
};
const rmsProp: FusedUpdate = {
  kernel: 'rmsProp',
  slots: (fields) => [
    ...['accumulatedMeanSquares', 'accumulatedMoments'],
    ...(fields.centered ? ['accumulatedMeanGrads'] : []),
  ],
  numbers: (fields) => [
    ...[number(fields, 'decay'), 1 - number(fields, 'decay'), number(fields, 'momentum')],
    ...[number(fields, 'learningRate'), number(fields, 'epsilon'), fields.centered ? 1 : 0],
  ],
};

const adagrad: FusedUpdate = {
  kernel: 'adagrad',
  slots: () => ['accumulatedGrads'],
  numbers: (fields, _address, epsilon) => [epsilon, -number(fields, 'learningRate')],
};
const adadelta: FusedUpdate = {
  kernel: 'adadelta',
  slots: () => ['accumulatedGrads', 'accumulatedUpdates'],
  numbers: (fields) => [
    ...[number(fields, 'rho'), 1 - number(fields, 'rho')],
    ...[number(fields, 'epsilon'), -number(fields, 'learningRate')],
  ],
};
const adamax: FusedUpdate = {
  kernel: 'adamax',
  slots: () => ['accumulatedFirstMoment', 'accumulatedWeightedInfNorm'],
  numbers: (fields, address) => [
    ...[address(fields.accBeta1), address(fields.iteration)],
    ...[number(fields, 'beta1'), 1 - number(fields, 'beta1'), number(fields, 'beta2')],
    ...[number(fields, 'epsilon'), -number(fields, 'learningRate'), number(fields, 'decay')],
  ],
  moving: (fields) => [
    ['iteration', 'addOne', 1],
    ['accBeta1', 'multiplyOne', number(fields, 'beta1')],
  ],
};

/**
 * Optimizers that update all variables in one call, in place, to the same bits as TensorFlow.js's own dozen kernels a
 * variable. Their first step is TensorFlow.js's, which makes the slots.
 */
export function fuseOptimizers(tf: Tf, adamWClass: AdamWClass): void {
  fuse(tf, tf.SGDOptimizer.prototype, gradientDescent);
  fuse(tf, tf.MomentumOptimizer.prototype, momentum);
  fuse(tf, tf.AdamOptimizer.prototype, adam);
  fuse(tf, tf.RMSPropOptimizer.prototype, rmsProp);
  fuse(tf, tf.AdagradOptimizer.prototype, adagrad);
  fuse(tf, tf.AdadeltaOptimizer.prototype, adadelta);
  fuse(tf, tf.AdamaxOptimizer.prototype, adamax);
  fuse(tf, adamWClass.prototype as object, adamW);
}

function fuse(tf: Tf, prototype: object, update: FusedUpdate): void {
  const optimizer = prototype as { applyGradients: ApplyGradients };
  const stock = optimizer.applyGradients;
  optimizer.applyGradients = function (gradients) {
    const kernelByKernel = () => stock.call(this, gradients);
    const observer = updateObserver();
    const may = (fusing() || observer) && tf.getBackend() === 'wasm';
    const rows = may ? rowsOf(tf, this, update, gradients) : undefined;
    if (!rows) {
      kernelByKernel();
      if (may) for (const row of rowsOf(tf, this, update, gradients) ?? []) knowSlots(row);
      return;
    }
    const variables = rows.map(({ value }) => `${value.name} ${value.shape.join('x')}`).join(';');
    if (observer && !observer.knows(this, variables)) observer.learns(this, variables, kernelByKernel);
    else apply(tf, this, update, rows);
  };
}

/** A variable with its gradient and slots. */
interface Row {
  readonly gradient: tfjs.Tensor;
  readonly value: tfjs.Variable;
  readonly slots: readonly tfjs.Variable[];
}

/** What there is to update; undefined where it is not all there yet, or of another type. */
function rowsOf(tf: Tf, fields: Fields, update: FusedUpdate, gradients: Gradients): Row[] | undefined {
  const { registeredVariables } = tf.engine();
  const named = Array.isArray(gradients)
    ? (gradients as readonly { name: string; tensor: tfjs.Tensor | null }[])
    : Object.entries(gradients as tfjs.NamedTensorMap).map(([name, tensor]) => ({ name, tensor }));
  const rows: Row[] = [];
  for (const [i, { name, tensor }] of named.entries()) {
    const slots = update.slots(fields).map((field) => (fields[field] as Slots)[i]?.variable);
    const value = registeredVariables[name];
    if (!value || slots.some((slot) => slot === undefined)) return undefined;
    if (tensor === null || tensor === undefined) continue;
    if (value.dtype !== 'float32' || tensor.dtype !== 'float32') return undefined;
    rows.push({ gradient: tensor, value, slots: slots as tfjs.Variable[] });
  }
  return rows;
}

/** Slots are known to be sparse from when there are any, so that records of steps begin with all that there is. */
function knowSlots({ value, slots }: Row): void {
  for (const slot of slots) topologyOf(value)?.packed(slot);
}

/** What of a row there is to update, if not all of it: with a gradient that is zero elsewhere all may be as well. */
function packedBy({ value, gradient }: Row): Topology | undefined {
  const topology = topologyOf(value);
  return topology?.gradients.isNoted(gradient) ? undefined : topology;
}

function apply(tf: Tf, fields: Fields, update: FusedUpdate, rows: readonly Row[]): void {
  const backend: unknown = tf.backend();
  const native = nativeOf(backend);
  const moving = update.moving?.(fields) ?? [];
  // While a step is recorded, the plan holds every variable once.
  const references = native.observer ? 2 : 1;
  const written = rows.flatMap(({ value, slots }) => [value, ...slots]);
  for (const [field] of moving) written.push(fields[field] as tfjs.Variable);
  for (const variable of written) unshare(tf, variable, references);
  const address = (tensor: unknown) => addressOf(backend, tensor as tfjs.Tensor);
  let operations = 0;
  const scratch: tfjs.TensorInfo[] = [];
  const table = rows.flatMap((row) => {
    const { value, slots } = row;
    const topology = packedBy(row);
    const count = topology?.active ?? value.size;
    operations += 8 * count;
    const gradient = topology ? packedGradient(backend, topology, row, scratch) : address(row.gradient);
    const [own, ...others] = [value, ...slots].map(
      (each) => topology?.packed(each).change() ?? address(each),
    );
    return [count, gradient, own ?? 0, ...[0, 1, 2].map((i) => others[i] ?? 0)];
  });
  native.withTable(table, (at) => {
    native.shareChanging(update.kernel, operations, () => {
      fields.incrementIterations();
      return [at, rows.length, ...update.numbers(fields, address, tf.backend().epsilon())];
    });
    for (const [field, kernel, by] of moving) native.run(kernel, address(fields[field]), by);
  });
  for (const { dataId } of scratch) (backend as WasmBackend).disposeData(dataId);
  weightsMoved();
}

/** The address of a gradient's packed values: of one that others made, in memory of its own. */
function packedGradient(
  backend: unknown,
  topology: Topology,
  { gradient }: Row,
  scratch: tfjs.TensorInfo[],
): number {
  const packed = topology.gradients.packed(gradient);
  if (packed) return packed.read();
  const made = output(backend, [topology.active]);
  scratch.push(made);
  const to = addressOf(backend, made);
  topology.pack(addressOf(backend, gradient), to);
  return to;
}
