import type * as tfjs from '@tensorflow/tfjs';
import { weightsMoved } from '../native/gathered';
import { bytesOf } from '../native/items';
import { addressOf, nativeOf } from '../native/native';
import { restingPlace } from '../native/packed';
import { watchSparse } from '../native/topology';
import { topologyGeneration } from '../native/topologyMemory';
import { unshare } from '../native/unshare';
import type { Tf } from '../register';
import type { Arena } from './arena';
import { Recorder } from './recorder';
import type { Tap } from './tap';

/** A step, given the tensors of a batch; what is absent in one batch is absent in all. */
export type Step = (data: readonly (tfjs.Tensor | null | undefined)[]) => tfjs.Tensor[];

/** How many more tensors were made than in the same steps without plans: for those who count, to tell steps apart. */
export const planTensors = { more: 0 };

interface Place {
  readonly address: number;
  readonly bytes: number;
}
interface Result extends Place {
  readonly shape: readonly number[];
  readonly dtype: tfjs.DataType;
  readonly kept: boolean;
}

/** A variable with the address it had when its step was recorded. */
interface Held {
  readonly variable: tfjs.Variable;
  readonly address: number;
}

/**
 * A training step as a list of calls into WebAssembly, each with the numbers it had when it was recorded: the same
 * kernels on the same places in memory, so the same results to the bit, without TensorFlow.js between them.
 */
export class Plan {
  private constructor(
    private readonly tf: Tf,
    private readonly tap: Tap,
    private readonly inputs: readonly (Place | undefined)[],
    private readonly results: readonly Result[],
    private readonly held: readonly Held[],
    private readonly recorder: Recorder,
    private readonly tensors: number,
    private readonly topologies: number,
  ) {}

  /** Does a step and records it. Its results are those of the step, and there is a plan unless the step refuses one. */
  static record(
    tf: Tf,
    tap: Tap,
    arena: Arena,
    data: Parameters<Step>[0],
    step: Step,
  ): { results: tfjs.Tensor[]; plan?: Plan; refusal?: string } {
    const began = tensorsMade(tf);
    const topologies = topologyGeneration();
    weightsMoved();
    const recorder = new Recorder(tf, tap, arena);
    // Those of other backends are none of a step's business: it would have moved them here.
    const variables = Object.values(tf.engine().registeredVariables).filter(({ dataId }) =>
      tap.backend.dataIdMap.has(dataId),
    );
    for (const variable of variables) unshare(tf, variable);
    watchSparse();
    const holds = variables.map((variable) => ({ variable, tensor: variable.clone() }));
    let ofStep = 0;
    let used = holds;
    const places: (Place | undefined)[] = [];
    const made: Result[] = [];
    let own: (tfjs.Tensor | null | undefined)[] = [];
    try {
      const outputs = recorder.record(() => {
        own = data.map(
          (each) =>
            each && tf.engine().makeTensorFromTensorInfo(tap.backend.makeOutput(each.shape, each.dtype)),
        );
        for (const [i, each] of own.entries())
          places.push(each ? moveIn(tap.backend, data[i] as tfjs.Tensor, each) : undefined);
        const begin = tensorsMade(tf);
        const { result: results, asked } = askedDuring(tap.backend, () => step(own));
        ofStep = tensorsMade(tf) - begin;
        used = holds.filter(
          ({ variable, tensor }) => asked.has(tensor.dataId) || variable.dataId !== tensor.dataId,
        );
        for (const { variable, tensor } of used) bringBack(tap, variable, tensor);
        for (const each of results)
          made.push({
            ...placeOf(tap.backend, each),
            shape: each.shape,
            dtype: each.dtype,
            kept: isKept(each),
          });
        tf.dispose(own as tfjs.Tensor[]);
        return results;
      });
      const left = recorder.evacuate().filter((id) => outputs.every(({ dataId }) => dataId !== id));
      const kept = left.length > 0 ? 'tensors that are kept from step to step' : undefined;
      const refusal = recorder.refusal ?? kept;
      const lasting = used.filter(({ variable }) => !variable.isDisposed);
      const held = lasting.map(({ variable }) => ({
        variable,
        address: restingPlace(tap.backend, variable),
      }));
      const plan = new Plan(tf, tap, places, made, held, recorder, ofStep, topologies);
      if (refusal === undefined) return { results: outputs, plan };
      plan.dispose();
      return { results: outputs, refusal };
    } catch (error) {
      recorder.evacuate();
      tf.dispose(own as tfjs.Tensor[]);
      recorder.forget();
      throw error;
    } finally {
      weightsMoved();
      for (const { tensor } of holds) tensor.dispose();
      planTensors.more += tensorsMade(tf) - began - ofStep;
    }
  }

  /** Whether all weights that it works on are still there, and where the plan has them, and as many of each are active. */
  get applies(): boolean {
    const { backend } = this.tap;
    if (this.topologies !== topologyGeneration()) return false;
    return this.held.every(
      ({ variable, address }) => !variable.isDisposed && restingPlace(backend, variable) === address,
    );
  }

  /** Does the step. */
  replay(data: Parameters<Step>[0]): tfjs.Tensor[] {
    const { backend } = this.tap;
    const native = nativeOf(backend);
    for (const { variable } of this.held) unshare(this.tf, variable);
    for (const loan of this.recorder.loans) loan.takeBack();
    weightsMoved();
    for (const [i, place] of this.inputs.entries())
      if (place) native.run('copy', addressOf(backend, data[i] as tfjs.Tensor), place.address, place.bytes);
    for (const { run, given } of this.recorder.calls)
      (run as (...numbers: unknown[]) => unknown)(...(typeof given === 'function' ? given() : given));
    planTensors.more += this.results.length - this.tensors;
    return this.results.map(({ address, bytes, shape, dtype, kept }) => {
      const info = backend.makeOutput(shape, dtype);
      native.run('copy', address, addressOf(backend, info), bytes);
      const made = this.tf.engine().makeTensorFromTensorInfo(info);
      return kept ? this.tf.keep(made) : made;
    });
  }

  dispose(): void {
    this.recorder.forget();
  }
}

/** A variable that was given new data gets its old place back, with the new values in it. */
function bringBack(tap: Tap, variable: tfjs.Variable, held: tfjs.Tensor): void {
  if (variable.isDisposed || variable.dataId === held.dataId) return;
  const { backend } = tap;
  if (backend.refCount(held.dataId) > 1) {
    // Somebody has a clone of what it was: the old place is theirs.
    tap.listener?.unrepeatable('a clone of a weight that the step writes to');
    return;
  }
  const { address, bytes } = placeOf(backend, held);
  nativeOf(backend).run('copy', addressOf(backend, variable), address, bytes);
  variable.assign(held);
}

/** Does `work`, and tells whose data somebody asked for: weights of other models are none of a step's business. */
function askedDuring<T>({ dataIdMap }: Tap['backend'], work: () => T): { result: T; asked: Set<object> } {
  const { get } = dataIdMap;
  const asked = new Set<object>();
  dataIdMap.get = (id) => {
    asked.add(id);
    return get.call(dataIdMap, id);
  };
  try {
    return { result: work(), asked };
  } finally {
    dataIdMap.get = get;
  }
}

function moveIn(backend: Tap['backend'], from: tfjs.Tensor, to: tfjs.Tensor): Place {
  const place = placeOf(backend, to);
  const native = nativeOf(backend);
  // Each doing of the step copies its own batch: this copy is not part of it.
  native.unobserved(() => native.run('copy', addressOf(backend, from), place.address, place.bytes));
  return place;
}

function placeOf(backend: Tap['backend'], tensor: tfjs.Tensor): Place {
  return { address: addressOf(backend, tensor), bytes: bytesOf(tensor) };
}

function isKept(tensor: tfjs.Tensor): boolean {
  return (tensor as unknown as { kept: boolean }).kept;
}

/** The number that TensorFlow.js gives the next tensor. */
function tensorsMade(tf: Tf): number {
  return (tf.engine().constructor as unknown as { nextTensorId: number }).nextTensorId;
}
