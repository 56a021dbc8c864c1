import type * as tfjs from '@tensorflow/tfjs';
import type { BuiltRun } from './builtRun';
import { ExperimentError } from './experimentError';

/** Optimizers have their rate as a number, some of them as a tensor too, which a method renews. */
interface Rated {
  learningRate: number;
  setLearningRate?(rate: number): void;
}

/**
 * Gives the optimizer the rate that the experiment wants for this step; where it wants none, it keeps its own.
 *
 * @throws ExperimentError where that is no rate, or the optimizer takes none
 */
export function applyLearningRate(run: BuiltRun, place: { step: number; epoch: number }): void {
  const { definition, context, feed, epochs, optimizer } = run;
  const { experiment, file } = definition;
  if (!experiment.learningRate) return;
  const totalSteps = (feed.stepsPerEpoch ?? Infinity) * epochs;
  const rate: unknown = experiment.learningRate({ ...context, ...place, totalSteps });
  if (!(typeof rate === 'number' && rate >= 0 && Number.isFinite(rate)))
    throw new ExperimentError(
      `learningRate() returned ${String(rate)} at step ${place.step}; it takes a number from 0 on.`,
      { file },
    );
  setRate(optimizer, rate, file);
}

function setRate(optimizer: tfjs.Optimizer, rate: number, file: string): void {
  const rated = optimizer as unknown as Rated;
  if (typeof rated.learningRate !== 'number')
    throw new ExperimentError(
      `The optimizer ${optimizer.getClassName()} has no learning rate that could be set; leave learningRate out.`,
      { file },
    );
  if (rated.learningRate === rate) return;
  if (rated.setLearningRate) rated.setLearningRate(rate);
  else rated.learningRate = rate;
}
