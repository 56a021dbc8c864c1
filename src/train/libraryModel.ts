import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from './tfInstance';

/** A tf.LayersModel as `compile` leaves it. */
export interface CompiledModel {
  /** Made anew by every `compile`. */
  readonly lossFunctions: object;
  readonly loss: unknown;
  readonly metrics: unknown;
  readonly optimizer: tfjs.Optimizer;
}

const libraries = new WeakMap<Tf, ReadonlySet<unknown>>();

/** Notes the classes of TensorFlow.js itself. To be called before a user's own code can register more. */
export function noteLibrary(tf: Tf): void {
  if (libraries.has(tf)) return;
  const { classNameMap } = tf.serialization.SerializationMap.getMap() as unknown as {
    classNameMap: Record<string, [unknown, unknown]>;
  };
  // The one layer whose output has another shape each time is as good as a user's own.
  const { RandomWidth: _, ...others } = classNameMap;
  libraries.set(tf, new Set(Object.values(others).map(([own]) => own)));
}

/** Whether no code of the user's own takes part in a step of `model`, as far as can be seen. */
export function isLibrarys(tf: Tf, model: CompiledModel): boolean {
  const library = libraries.get(tf) ?? new Set();
  const known = (layer: Nested): boolean =>
    library.has(layer.constructor) &&
    !Object.hasOwn(layer, 'call') &&
    !layer._callHook &&
    parts.every((part) => layer[part] == null || library.has(layer[part].constructor)) &&
    [layer.cell, layer.layer, layer.forwardLayer, layer.backwardLayer, ...(layer.layers ?? [])].every(
      (inner) => inner === undefined || known(inner),
    );
  const { loss, metrics, optimizer } = model;
  return (
    named(loss) &&
    named(metrics ?? null) &&
    library.has(optimizer.constructor) &&
    known(model as unknown as Nested)
  );
}

/** What a layer calls in every step beside its own code. */
const parts = [
  ...['kernelRegularizer', 'biasRegularizer', 'recurrentRegularizer', 'activityRegularizer'],
  ...['betaRegularizer', 'gammaRegularizer', 'embeddingsRegularizer', 'alphaRegularizer'],
  ...['depthwiseRegularizer', 'pointwiseRegularizer'],
  ...['kernelConstraint', 'biasConstraint', 'recurrentConstraint', 'betaConstraint', 'gammaConstraint'],
  ...['embeddingsConstraint', 'alphaConstraint', 'depthwiseConstraint', 'pointwiseConstraint'],
  ...['activation', 'recurrentActivation'],
] as const;

/** Layers that hold others: wrappers, recurrent layers and whole models. */
interface Nested extends Readonly<Record<(typeof parts)[number], object | null | undefined>> {
  readonly _callHook?: unknown;
  readonly cell?: Nested;
  readonly layer?: Nested;
  readonly forwardLayer?: Nested;
  readonly backwardLayer?: Nested;
  readonly layers?: readonly Nested[];
}

/** Losses and metrics of the library's own are given by name, alone or in lists and maps. */
function named(value: unknown): boolean {
  if (typeof value === 'string' || value === null) return true;
  return typeof value === 'object' && Object.values(value).every(named);
}
