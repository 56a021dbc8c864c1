import type * as tfjs from '@tensorflow/tfjs';
import type { ModelSparsity, TrainingPlan, WeightSparsity } from '../cost/modelCost';
import { totalSparsity } from '../cost/sparsity';
import type { BuiltRun } from '../train/builtRun';
import { ExperimentError } from '../train/experimentError';
import { SparseAccount } from '../train/sparseAccount';
import { sparsePlan, type PlannedTraining, type SparsePlan } from '../train/sparsePlan';
import { sparseWeights, type SparseWeight } from '../train/sparseWeights';
import type { TraceSession } from './session';

/** The training that was counted last. */
let remembered: { readonly key: string; readonly training: PlannedTraining | undefined } | undefined;

/** What is told of a layer's weights, by their variables; undefined: they are dense. */
export type SparsityOf = (variables: readonly tfjs.Variable[], batch: number) => WeightSparsity | undefined;

/** The sparse weights of an experiment that is traced, spread and planned as in a run of it. */
export class TracedSparsity {
  private readonly plan: SparsePlan;
  private readonly account: SparseAccount;
  private readonly weights: ReadonlyMap<tfjs.Variable, SparseWeight & { readonly active: number }>;

  /**
   * @param ownBatch the experiment's batch size, which need not be the one that is traced: how long training is follows
   * @throws ExperimentError where the method does not fit the model or the length of training
   */
  static of(session: TraceSession, run: BuiltRun, ownBatch: number): TracedSparsity | undefined {
    try {
      return run.sparsity && new TracedSparsity(session, run, run.sparsity, ownBatch);
    } catch (error) {
      throw new ExperimentError((error as Error).message, { file: run.definition.file, field: 'sparsity' });
    }
  }

  private constructor(
    session: TraceSession,
    private readonly run: BuiltRun,
    private readonly method: NonNullable<BuiltRun['sparsity']>,
    private readonly ownBatch: number,
  ) {
    const { sparse, dense } = sparseWeights(run.model, method, (layer) => session.nameOf(layer));
    this.account = new SparseAccount(sparse, dense);
    const { stepsPerEpoch } = this;
    const steps = stepsPerEpoch === undefined ? undefined : stepsPerEpoch * run.epochs;
    this.plan = sparsePlan(method, sparse, this.account, steps);
    const { active } = this.plan;
    this.weights = new Map(
      sparse.map((weight, i) => [weight.variable, { ...weight, active: active[i] ?? weight.size }]),
    );
  }

  readonly of: SparsityOf = (variables, batch) => {
    const found = variables.flatMap((variable) => this.weights.get(variable) ?? []);
    if (found.length === 0) return undefined;
    const known = this.plan.uncertain?.of !== 'shares';
    return totalSparsity(
      [...new Set(found)].map(({ size, active, macs }) => ({
        size,
        active: known ? active : undefined,
        zeroMacs: known && macs !== undefined ? (batch * macs * (size - active)) / size : undefined,
      })),
    );
  };

  /** @param batch examples of the step that is traced */
  ofModel(batch: number, training: TrainingPlan): ModelSparsity {
    const { plan, account } = this;
    const weights = [...this.weights.values()];
    const total = (count: (weight: { size: number; active: number }) => number) =>
      weights.reduce((sum, weight) => sum + count(weight), 0);
    const { denseForward, sparseForward } = account.flops(weights.map(({ active }) => active));
    return {
      method: this.method.method,
      size: total(({ size }) => size),
      active: total(({ active }) => active),
      zeroMacs:
        plan.isWorkKnown && account.complete ? (batch * (denseForward - sparseForward)) / 2 : undefined,
      uncertain: plan.uncertain?.why,
      training: this.training(batch, training),
      allCounted: account.complete,
    };
  }

  private get stepsPerEpoch(): number | undefined {
    const { stepsPerEpoch, examplesPerEpoch } = this.run.feed;
    return examplesPerEpoch === undefined || this.isOwnBatch
      ? stepsPerEpoch
      : Math.ceil(examplesPerEpoch / this.ownBatch);
  }

  private get isOwnBatch(): boolean {
    return this.ownBatch === this.run.batchSize;
  }

  /** The whole training: looked through step by step once, and not for each letter that is typed. */
  private training(batch: number, { lastStep }: TrainingPlan): PlannedTraining | undefined {
    const { stepsPerEpoch = 0, ownBatch, isOwnBatch } = this;
    const { examplesPerEpoch } = this.run.feed;
    const isTraced = examplesPerEpoch === undefined || isOwnBatch;
    const whole = isTraced ? batch : ownBatch;
    const last = isTraced ? (lastStep?.batch ?? batch) : examplesPerEpoch - (stepsPerEpoch - 1) * ownBatch;
    const weights = [...this.weights.values()].map(({ name, shape, macs }) => [name, shape, macs]);
    const { method, account } = this;
    const key = JSON.stringify([
      method,
      weights,
      account.denseStep,
      this.run.epochs,
      stepsPerEpoch,
      whole,
      last,
    ]);
    if (remembered?.key !== key)
      remembered = {
        key,
        training: this.plan.training((step) => (step % stepsPerEpoch === 0 ? last : whole)),
      };
    return remembered.training;
  }
}
