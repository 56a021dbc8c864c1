import type { Every, Progress } from '../api/experiment';
import type { BuiltRun } from './builtRun';
import type { TrainingPlace } from './checkpoint';
import { DivergedError } from './experimentError';
import { disposeBatch } from './feed';
import type { SeededRandomness } from './randomness';
import { evaluateRun, finiteNumbers, trainStep, type Measures } from './step';
import type { Tf } from './tfInstance';

/** What the loop tells the outside, and asks of it. */
export interface LoopObserver {
  step(event: Measures & { step: number; epoch: number; milliseconds: number }): void;
  evaluation(event: Measures & { step: number; epoch: number; examples: number; milliseconds: number }): void;
  epochEnd(event: { step: number; epoch: number }): void;
  /** Writes a checkpoint of `place`; resolves once training may go on, not once it is on disk. */
  checkpoint(place: TrainingPlace): Promise<void>;
  /** Resolves once every checkpoint is on disk. */
  settle(): Promise<void>;
  /** Asked before every step. */
  stopRequested(): boolean;
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

/** Trains from `from` (or the beginning) to the last epoch, a stop, or what `stopWhen` says; all is on disk then. */
export async function trainLoop(...args: Parameters<typeof train>): Promise<LoopResult> {
  const result = await train(...args);
  await args[3].settle();
  return result;
}

async function train(
  tf: Tf,
  run: BuiltRun,
  randomness: SeededRandomness,
  observer: LoopObserver,
  code: string,
  from?: TrainingPlace,
): Promise<LoopResult> {
  const { definition, feed } = run;
  const started = performance.now();
  const evaluations = [...(from?.evaluations ?? [])];
  const breathe = yielder();
  let step = from?.step ?? 0;
  let lastCheckpoint = { step: from ? step : -1, at: started };
  let latest: Measures | undefined;
  const seconds = () => (from?.seconds ?? 0) + (performance.now() - started) / 1000;
  const place = (epoch: number, batch: number): TrainingPlace => ({
    step,
    epoch,
    batch,
    random: [...randomness.state()],
    feed: feed.position(),
    evaluations,
    seconds: seconds(),
    code,
  });
  const checkpoint = async (epoch: number, batch: number) => {
    if (step === lastCheckpoint.step && batch > 0) return;
    await observer.checkpoint(place(epoch, batch));
    lastCheckpoint = { step, at: performance.now() };
  };
  const evaluate = async (epoch: number) => {
    if (evaluations.at(-1)?.step === step) return false;
    const began = performance.now();
    const result = await evaluateRun(tf, run, { step, epoch }, breathe);
    if (!result) return false;
    evaluations.push({ step, metrics: finiteNumbers({ loss: result.loss, ...result.metrics }) });
    observer.evaluation({ ...result, step, epoch, milliseconds: performance.now() - began });
    return true;
  };

  /** What `stopWhen` says after this step, as the message of the run's end. */
  const reasonToEnd = (epoch: number, evaluated: boolean): string | undefined => {
    if (!latest) return undefined;
    const progress: Progress = { step, epoch, ...latest, evaluations, evaluated, seconds: seconds() };
    const reason = definition.experiment.stopWhen?.(progress);
    return reason === true ? 'stopWhen() said so' : reason || undefined;
  };

  for (let epoch = from?.epoch ?? 0; epoch < run.epochs; epoch++) {
    let batch = epoch === from?.epoch ? from.batch : 0;
    let began = performance.now();
    for await (const { batch: tensors } of feed.epoch(epoch, batch)) {
      if (observer.stopRequested()) {
        disposeBatch(tensors);
        await checkpoint(epoch, batch);
        return { outcome: 'stopped', place: place(epoch, batch) };
      }
      step++;
      batch++;
      latest = await trainStep(tf, run, tensors, { step, epoch });
      disposeBatch(tensors);
      observer.step({ ...latest, step, epoch, milliseconds: performance.now() - began });
      assertFinite(latest.loss, step, epoch, definition.file);
      const evaluated = due(definition.evaluateEvery, step) && (await evaluate(epoch));
      const overdue =
        definition.checkpointByTime && performance.now() - lastCheckpoint.at > checkpointMilliseconds;
      if (overdue || due(definition.checkpointEvery, step)) await checkpoint(epoch, batch);
      const message = reasonToEnd(epoch, evaluated);
      if (message) {
        await checkpoint(epoch, batch);
        return { outcome: 'finished', message, place: place(epoch, batch) };
      }
      await breathe();
      observer.assertWritable();
      began = performance.now();
    }
    if (batch === 0) throw new Error('The training data yielded no batch; there is nothing to train on.');
    const evaluated = definition.evaluateEvery === 'epoch' && (await evaluate(epoch));
    observer.epochEnd({ step, epoch });
    const message = evaluated ? reasonToEnd(epoch, true) : undefined;
    const last = message !== undefined || epoch === run.epochs - 1;
    if (last || definition.checkpointEvery === 'epoch') await checkpoint(epoch + 1, 0);
    if (message) return { outcome: 'finished', message, place: place(epoch + 1, 0) };
  }
  return { outcome: 'finished', place: place(run.epochs, 0) };
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
