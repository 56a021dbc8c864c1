import type * as tfjs from '@tensorflow/tfjs';
import { fitPeak, sameForm, type BatchFit, type HeldBytes } from '../cost/batchFit';
import type { ModelCost, SourcePlace } from '../cost/modelCost';
import type { Layer } from './hooks/attribution';
import { traceModelStep } from './modelStep';
import type { Remarks } from './remarks';
import type { TraceSession } from './session';
import { containersIn, isContainer } from './summarize';

/** A step of a model that has no name yet. */
export type Traced = Omit<ModelCost, 'name' | 'place'> & { readonly fit?: BatchFit };

/** Traces the models of a file, each once. */
export class ModelTracer {
  private readonly traced = new Set<Layer>();

  constructor(
    private readonly session: TraceSession,
    private readonly remarks: Remarks,
    private readonly options: { readonly batch: number; readonly fit?: boolean | undefined },
  ) {}

  /** A model that something else has traced. */
  done(model: Layer): void {
    this.traced.add(model);
    if (isContainer(model)) for (const inner of containersIn(model)) this.traced.add(inner);
  }

  isDone(model: Layer): boolean {
    return this.traced.has(model);
  }

  /** Models that were made and are neither traced nor part of another one. */
  untraced(): Layer[] {
    const made = this.session.attribution.created.filter(isContainer);
    const inner = new Set(made.flatMap((model) => containersIn(model)));
    return made.filter((model) => !this.traced.has(model) && !inner.has(model) && model.layers.length > 0);
  }

  /**
   * One training step of `value`, if it is a model or a layer whose input shape is known.
   *
   * @param about the shape of one example, and the line to blame where the code does not say which
   */
  async trace(
    value: unknown,
    about: { inputShape?: number[] | undefined; place?: SourcePlace | undefined },
  ): Promise<Traced | undefined> {
    const { tf } = this.session;
    try {
      const model = this.asModel(value, about.inputShape);
      if (!model) return undefined;
      this.done(model);
      if (value !== model) this.done(value as Layer);
      return await this.step(model, about.inputShape && [about.inputShape]);
    } catch (error) {
      if (value instanceof tf.LayersModel) this.done(value);
      this.remarks.thrown(error, about.place);
      return undefined;
    }
  }

  /** One step; and where a fit is asked for, two more of other batch sizes. */
  private async step(model: tfjs.LayersModel, inputShapes: number[][] | undefined): Promise<Traced> {
    const { batch, fit } = this.options;
    const held: HeldBytes[] = [];
    const traceAt = (size: number, optimizerBytes?: number) =>
      traceModelStep(this.session, model, {
        batch: size,
        inputShapes,
        optimizerBytes,
        held: (bytes, stretches) => held.push({ batch: size, bytes, stretches }),
      });
    const { timeline, ...first } = await traceAt(batch);
    if (!fit || !first.batchIsFree) return { ...first, timeline };
    const others = [];
    for (const size of [batch + 1, batch + 2]) {
      const { timeline: _, ...other } = await traceAt(size, first.optimizerBytes);
      others.push({ ...other, assumptions: first.assumptions });
    }
    const samples = [first, ...others] as unknown as BatchFit['samples'];
    const peak = fitPeak(held as unknown as [HeldBytes, HeldBytes, HeldBytes]);
    return { ...first, timeline, ...(peak && sameForm(samples) && { fit: { samples, peak } }) };
  }

  private asModel(value: unknown, inputShape: number[] | undefined): tfjs.LayersModel | undefined {
    const { tf } = this.session;
    if (value instanceof tf.LayersModel) return value.inputs?.length ? value : built(tf, value, inputShape);
    if (!(value instanceof tf.layers.Layer)) return undefined;
    const shape = inputShape ?? value.batchInputShape?.slice(1);
    if (!shape) return undefined;
    const input = tf.input({ shape });
    return tf.model({ inputs: input, outputs: value.apply(input) as tfjs.SymbolicTensor });
  }
}

/** A sequential model without an input shape is built for the one that a tag gives. */
function built(
  tf: TraceSession['tf'],
  model: tfjs.LayersModel,
  inputShape: number[] | undefined,
): tfjs.LayersModel | undefined {
  if (!inputShape) return undefined;
  const input = tf.input({ shape: inputShape });
  return tf.model({ inputs: input, outputs: model.apply(input) as tfjs.SymbolicTensor });
}
