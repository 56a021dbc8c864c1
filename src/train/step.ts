import type * as tfjs from '@tensorflow/tfjs';
import type { StepContext, TensorBatch } from '../api/experiment';
import type { BuiltRun } from './builtRun';
import { ExperimentError } from './experimentError';
import { batchTensors, disposeBatch } from './feed';
import { signatureOf } from './flopCount';
import type { Tf } from './tfInstance';

/** Loss and metrics of one step or evaluation, as plain numbers. */
export interface Measures {
  readonly loss: number;
  readonly metrics: Record<string, number>;
}

export interface Place {
  readonly step: number;
  readonly epoch: number;
}

/** One training step on `batch`: forward, backward, update. */
export async function trainStep(tf: Tf, run: BuiltRun, batch: TensorBatch, place: Place): Promise<Measures> {
  const { model, definition } = run;
  if (!definition.experiment.step) {
    const values = await model.trainOnBatch(batch.xs, batch.ys);
    return byName(model.metricsNames, [values].flat());
  }
  const kept: Record<string, tfjs.Scalar> = {};
  const minimize = () =>
    run.optimizer.minimize(() => {
      const { loss: cost, ...metrics } = asMeasures(
        definition.experiment.step?.(contextOf(run, batch, place)),
        'step',
      );
      for (const [name, scalar] of Object.entries(metrics)) kept[name] = tf.keep(scalar.clone());
      return cost;
    }, true);
  const loss = run.flops ? run.flops.step(signatureOf(batchTensors(batch)), minimize) : minimize();
  return readMeasures({ loss: loss as tfjs.Scalar, ...kept });
}

/** Loss and metrics over the whole test split, each batch weighted by its examples; undefined where there is none. */
export async function evaluateRun(
  tf: Tf,
  run: BuiltRun,
  place: Place,
  onBatch: () => Promise<void> = () => Promise.resolve(),
): Promise<(Measures & { examples: number }) | undefined> {
  if (!run.feed.test || !canEvaluate(run)) return undefined;
  let examples = 0;
  const sums: Record<string, number> = {};
  for await (const { batch, examples: count } of run.feed.test()) {
    const { loss, metrics } = await evaluateBatch(tf, run, batch, count, place);
    for (const [name, value] of Object.entries({ loss, ...metrics }))
      sums[name] = (sums[name] ?? 0) + value * count;
    examples += count;
    disposeBatch(batch);
    await onBatch();
  }
  if (examples === 0) return undefined;
  const { loss = NaN, ...metrics } = Object.fromEntries(
    Object.entries(sums).map(([name, sum]) => [name, sum / examples]),
  );
  return { loss, metrics, examples };
}

/** Whether the experiment says how a test batch is measured. */
export function canEvaluate(run: BuiltRun): boolean {
  return run.definition.experiment.evaluate !== undefined || run.definition.experiment.loss !== undefined;
}

export async function evaluateBatch(
  tf: Tf,
  run: BuiltRun,
  batch: TensorBatch,
  examples: number,
  place: Place,
): Promise<Measures> {
  const { experiment } = run.definition;
  if (experiment.evaluate) {
    const evaluate = () =>
      tf.tidy(() => ({ ...asMeasures(experiment.evaluate?.(contextOf(run, batch, place)), 'evaluate') }));
    const signature = () => signatureOf(batchTensors(batch));
    return readMeasures(run.flops ? run.flops.evaluation(signature(), evaluate) : evaluate());
  }
  const scalars = [run.model.evaluate(batch.xs, batch.ys, { batchSize: examples })].flat();
  const values = await Promise.all(scalars.map(async (scalar) => (await scalar.data())[0] ?? NaN));
  tf.dispose(scalars);
  return byName(run.model.metricsNames, values);
}

function contextOf(run: BuiltRun, batch: TensorBatch, place: Place): StepContext<Record<string, never>> {
  return { ...run.context, model: run.model, batch, ...place };
}

type Scalars = { loss: tfjs.Scalar; [metric: string]: tfjs.Scalar };

function asMeasures(returned: unknown, what: 'step' | 'evaluate'): Scalars {
  const scalars = (isTensor(returned) ? { loss: returned } : returned) as Scalars | undefined;
  const all = Object.entries(scalars ?? {});
  const bad = all.find(([, value]) => !isTensor(value) || value.size !== 1);
  if (scalars?.loss !== undefined && !bad) return scalars;
  throw new ExperimentError(
    bad
      ? `${what}() returned "${bad[0]}" which is not a scalar tensor; reduce it with .mean().`
      : `${what}() must return the loss as a scalar tensor, or { loss, ...metrics }.`,
  );
}

function isTensor(value: unknown): value is tfjs.Scalar {
  return typeof value === 'object' && value !== null && 'dataId' in value && 'shape' in value;
}

async function readMeasures(scalars: Scalars): Promise<Measures> {
  const metrics: Record<string, number> = {};
  for (const [name, scalar] of Object.entries(scalars)) {
    metrics[name] = (await scalar.data())[0] ?? NaN;
    scalar.dispose();
  }
  const { loss = NaN, ...others } = metrics;
  return { loss, metrics: others };
}

function byName(names: readonly string[], values: readonly number[]): Measures {
  const [loss = NaN, ...others] = values;
  return {
    loss,
    metrics: Object.fromEntries(others.map((value, i) => [names[i + 1] ?? `metric${i + 1}`, value])),
  };
}

/** Only what can be stored as JSON numbers. */
export function finiteNumbers(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}
