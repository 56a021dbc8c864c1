import type { Every, Progress } from '../api/experiment';
import type { BuiltRun } from './builtRun';
import type { TrainingPlace } from './checkpoint';
import { DivergedError } from './experimentError';
import { disposeBatch, type CountedBatch } from './feed';
import { GpuFailure } from './gpuFailure';
import { applyLearningRate } from './learningRate';
import type { RandomState, SeededRandomness } from './randomness';
import { variablesSince } from './snapshot';
import type { MaskUpdate } from './sparseMasks';
import { evaluateRun, finiteNumbers, trainStep, type Measures } from './step';
import type { Tf } from './tfInstance';

/** What the loop tells the outside, and asks of it. */
export interface LoopObserver {
  step(event: Measures & { step: number; epoch: number; milliseconds: number }): void;
  /** Masks of a sparse training were updated after this step. */
  masks(update: MaskUpdate): void;
  evaluation(event: Measures & { step: number; epoch: number; examples: number; milliseconds: number }): void;
  epochEnd(event: { step: number; epoch: number }): void;
  /** Writes a checkpoint of `place`; resolves once training may go on, not once it is on disk. */
  checkpoint(place: TrainingPlace): Promise<void>;
  /** Resolves once every checkpoint is on disk. */
  settle(): Promise<void>;
  /** Asked before every step; a text says why. */
  stopRequested(): boolean | string;
  /** Asked after every step: whether a checkpoint is wanted now. */
  checkpointRequested(): boolean;
  /** Throws when the run folder cannot be written any more. */
  assertWritable(): void;
}

export interface LoopResult {
  readonly outcome: 'finished' | 'stopped';
  readonly message?: string;
  readonly place: TrainingPlace;
}

/** A checkpoint falls due by the clock at the latest after this, unless the experiment says how often. */
const checkpointMilliseconds = 5 * 60_000;
/** Signals, timers and disk writes get their turn at least this often. */
const yieldMilliseconds = 20;

/**
 * Trains from `from` (or the beginning) to the last epoch, a stop, or what `stopWhen` says; all is on disk then.
 *
 * @throws GpuFailure with a checkpoint of the last whole step on disk, where the weights outlived the failure
 */
export async function trainLoop(
  tf: Tf,
  run: BuiltRun,
  randomness: SeededRandomness,
  observer: LoopObserver,
  code: string,
  from?: TrainingPlace,
): Promise<LoopResult> {
  const loop = new TrainingLoop(tf, run, randomness, observer, code, from);
  try {
    const result = await loop.train();
    await observer.settle();
    return result;
  } catch (error) {
    if (error instanceof GpuFailure) await loop.salvage(error).catch(() => undefined);
    throw error;
  }
}

type End = Pick<LoopResult, 'outcome' | 'message'>;

class TrainingLoop {
  private readonly started = performance.now();
  private readonly breathe = yielder();
  private readonly evaluations: { step: number; metrics: Record<string, number> }[];
  private step: number;
  private latest: Measures | undefined;
  private lastCheckpoint: { step: number; batch: number; at: number };
  /** Where in the data the last whole step of this attempt was. */
  private trained: { epoch: number; batch: number } | undefined;
  /** What there was before the step that is under way. */
  private before: { random: RandomState; variablesKept: () => boolean } | undefined;

  constructor(
    private readonly tf: Tf,
    private readonly run: BuiltRun,
    private readonly randomness: SeededRandomness,
    private readonly observer: LoopObserver,
    private readonly code: string,
    private readonly from?: TrainingPlace,
  ) {
    this.evaluations = [...(from?.evaluations ?? [])];
    this.step = from?.step ?? 0;
    this.lastCheckpoint = { step: from?.step ?? -1, batch: from?.batch ?? 0, at: this.started };
  }

  async train(): Promise<LoopResult> {
    const { epochs } = this.run;
    for (let epoch = this.from?.epoch ?? 0; epoch < epochs; epoch++) {
      const { batch, end } = await this.trainEpoch(epoch, epoch === this.from?.epoch ? this.from.batch : 0);
      if (end) return this.finish(end, epoch, batch);
      if (batch === 0) throw new Error('The training data yielded no batch; there is nothing to train on.');
      const endOfEpoch = await this.endEpoch(epoch, epoch === epochs - 1);
      if (endOfEpoch) return this.finish(endOfEpoch, epoch + 1, 0);
    }
    return { outcome: 'finished', place: this.place(epochs, 0) };
  }

  /** @returns how many batches of the epoch are done, and why the run ends there, if it does */
  private async trainEpoch(epoch: number, skip: number): Promise<{ batch: number; end?: End }> {
    let batch = skip;
    let began = performance.now();
    for await (const counted of this.run.feed.epoch(epoch, skip)) {
      const stop = this.observer.stopRequested();
      if (stop) {
        disposeBatch(counted.batch);
        return { batch, end: { outcome: 'stopped', ...(typeof stop === 'string' && { message: stop }) } };
      }
      batch++;
      await this.trainBatch(counted, epoch, began);
      this.trained = { epoch, batch };
      const { evaluateEvery } = this.run.definition;
      const evaluated = due(evaluateEvery, this.step) && (await this.evaluate(epoch));
      if (this.checkpointDue() || this.observer.checkpointRequested()) await this.checkpoint(epoch, batch);
      const message = this.reasonToEnd(epoch, evaluated);
      if (message) {
        await this.evaluate(epoch);
        return { batch, end: { outcome: 'finished', message } };
      }
      await this.breathe();
      this.observer.assertWritable();
      began = performance.now();
    }
    return { batch };
  }

  private async trainBatch({ batch, examples }: CountedBatch, epoch: number, began: number): Promise<void> {
    this.step++;
    const { step } = this;
    this.before = { random: this.randomness.state(), variablesKept: variablesSince(this.tf) };
    applyLearningRate(this.run, { step, epoch });
    this.latest = await trainStep(this.tf, this.run, batch, { step, epoch });
    const masks = await this.run.sparse?.afterStep(examples);
    this.before = undefined;
    disposeBatch(batch);
    this.observer.step({ ...this.latest, step, epoch, milliseconds: performance.now() - began });
    assertFinite(this.latest.loss, step, epoch, this.run.definition.file);
    if (masks) this.observer.masks(masks);
  }

  private async endEpoch(epoch: number, last: boolean): Promise<End | undefined> {
    const { evaluateEvery, checkpointEvery } = this.run.definition;
    // What a run says of its test data at the end is of the model that it ends with.
    const evaluated = (last || evaluateEvery === 'epoch') && (await this.evaluate(epoch));
    this.observer.epochEnd({ step: this.step, epoch });
    const message = evaluated ? this.reasonToEnd(epoch, true) : undefined;
    if (last || checkpointEvery === 'epoch') await this.checkpoint(epoch + 1, 0);
    return message ? { outcome: 'finished', message } : undefined;
  }

  private async finish(end: End, epoch: number, batch: number): Promise<LoopResult> {
    await this.checkpoint(epoch, batch);
    return { ...end, place: this.place(epoch, batch) };
  }

  private async evaluate(epoch: number): Promise<boolean> {
    const { step } = this;
    if (this.evaluations.at(-1)?.step === step) return false;
    const began = performance.now();
    const result = await evaluateRun(this.tf, this.run, { step, epoch }, this.breathe);
    if (!result) return false;
    this.evaluations.push({ step, metrics: finiteNumbers({ loss: result.loss, ...result.metrics }) });
    this.observer.evaluation({ ...result, step, epoch, milliseconds: performance.now() - began });
    return true;
  }

  /** What `stopWhen` says after this step, as the message of the run's end. */
  private reasonToEnd(epoch: number, evaluated: boolean): string | undefined {
    const { step, latest, evaluations } = this;
    if (!latest) return undefined;
    const progress: Progress = { step, epoch, ...latest, evaluations, evaluated, seconds: this.seconds() };
    const reason = this.run.definition.experiment.stopWhen?.(progress);
    return reason === true ? 'stopWhen() said so' : reason || undefined;
  }

  private checkpointDue(): boolean {
    const { checkpointEvery, checkpointByTime } = this.run.definition;
    const overdue = performance.now() - this.lastCheckpoint.at > checkpointMilliseconds;
    return due(checkpointEvery, this.step) || (checkpointByTime && overdue);
  }

  /** At an epoch's end there may be one of the same step already, which does not know that the epoch has ended. */
  private async checkpoint(epoch: number, batch: number): Promise<void> {
    const { lastCheckpoint, step } = this;
    if (step === lastCheckpoint.step && (batch > 0 || lastCheckpoint.batch === 0)) return;
    await this.observer.checkpoint(this.place(epoch, batch));
    this.lastCheckpoint = { step, batch, at: performance.now() };
  }

  /** After a failure: a checkpoint of the last whole step, if the weights can be read and are still those. */
  async salvage({ recover }: GpuFailure): Promise<void> {
    const { before, trained } = this;
    if (recover && trained && (before?.variablesKept() ?? true)) {
      recover();
      if (before) {
        this.step--;
        this.randomness.restore(before.random);
      }
      await this.checkpoint(trained.epoch, trained.batch);
    }
    await this.observer.settle();
  }

  private place(epoch: number, batch: number): TrainingPlace {
    const { step, evaluations, code } = this;
    const random = [...this.randomness.state()];
    const feed = this.run.feed.position();
    const { training: flops = 0, evaluation: evaluationFlops = 0 } = this.run.flops?.soFar ?? {};
    const counted = { flops, evaluationFlops };
    return { step, epoch, batch, random, feed, evaluations, seconds: this.seconds(), code, ...counted };
  }

  private seconds(): number {
    return (this.from?.seconds ?? 0) + (performance.now() - this.started) / 1000;
  }
}

function assertFinite(loss: number, step: number, epoch: number, file: string): void {
  if (Number.isFinite(loss)) return;
  throw new DivergedError(
    `The loss became ${loss} at step ${step} (epoch ${epoch + 1}). ` +
      'A smaller learning rate or gradient clipping often helps; the last checkpoint is from before.',
    { file },
  );
}

function due(every: Every, step: number): boolean {
  return every !== 'epoch' && step % every === 0;
}

function yielder(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < yieldMilliseconds) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
}
