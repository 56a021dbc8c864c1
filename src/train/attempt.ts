import type { LoadedCheckpoint } from './checkpoint';
import { acquireLock, type Lock } from '../runs/lock';
import { currentProcess } from '../runs/process';
import type { Peak } from '../runs/peak';
import type { Attempt as AttemptRecord, RunError, RunRecord } from '../runs/record';
import { readRecord, writeRecord, writeRecordSync } from '../runs/recordFile';
import { ControlReader } from '../runs/control';
import { releaseSpace, reserveSpace } from '../runs/reserve';
import { TensorBoardWriter } from '../runs/tensorboard';
import type { RecordedWeight } from '../runs/masks';
import { RunWriter } from '../runs/writer';
import type { NewEvent } from '../runs/event';
import { describeDevice } from './device';
import type { StartedBackend } from './backends';
import type { FlopsReport, FlopsSoFar } from './flopCount';
import { MaskRecorder } from './maskRecorder';
import { MemorySampler } from './memorySampler';
import { refineByRun } from './refineByRun';
import { RunResult } from './runResult';
import type { Measures } from './step';
import type { MaskUpdate } from './sparseMasks';
import type { SparseTraining } from './sparseTraining';
import { UseMeter } from './useMeter';

export interface MeasuredBackend extends StartedBackend {
  /** What the run is compared with; undefined where it could not be measured. */
  readonly peak?: Peak | undefined;
}

/** One process's turn at a run: holds its lock, and writes all there is to say about it. */
export class Attempt {
  private stopping = false;
  private maskRecorder: MaskRecorder | undefined;
  private readonly result: RunResult;
  readonly use = new UseMeter((parts) =>
    this.write({
      type: 'energy',
      step: this.result.step,
      parts: [...parts],
      memoryBytes: process.memoryUsage.rss(),
    }),
  );
  private readonly memory = new MemorySampler((bytes) =>
    this.write({ type: 'memory', step: this.result.step, bytes }),
  );

  private constructor(
    readonly directory: string,
    readonly record: RunRecord,
    private readonly own: AttemptRecord,
    private readonly lock: Lock,
    private readonly writer: RunWriter,
    private readonly board: TensorBoardWriter,
    private readonly control: ControlReader,
    private readonly heartbeat: NodeJS.Timeout,
  ) {
    this.result = new RunResult(record);
  }

  /** Takes the run's lock and enters a new attempt into `run.json`. */
  static async begin(directory: string): Promise<Attempt> {
    const lock = await acquireLock(directory);
    const record = await readRecord(directory);
    const number = (record.attempts.at(-1)?.number ?? 0) + 1;
    const own: AttemptRecord = { number, ...currentProcess(), startedAt: new Date().toISOString() };
    record.attempts.push(own);
    record.status = 'starting';
    record.device = describeDevice();
    record.versions = { ...record.versions, node: process.versions.node };
    await writeRecord(directory, record);
    await reserveSpace(directory);
    const heartbeat = setInterval(() => lock.touch(), 5000);
    heartbeat.unref();
    return new Attempt(
      directory,
      record,
      own,
      lock,
      new RunWriter(directory, number),
      new TensorBoardWriter(directory, number),
      new ControlReader(directory),
      heartbeat,
    );
  }

  get number(): number {
    return this.own.number;
  }

  /** Whether somebody asked this attempt to stop: the control file, or a signal. */
  stopRequested(): boolean {
    this.stopping ||= this.control.stopRequested();
    return this.stopping;
  }

  /** Whether somebody asked for a checkpoint since the last time this was asked. */
  checkpointRequested(): boolean {
    return this.control.checkpointRequested();
  }

  /** Asks for a graceful stop from inside this process. */
  stop(): void {
    this.stopping = true;
  }

  assertWritable(): void {
    const failed = this.writer.failed ?? this.maskRecorder?.failed;
    if (failed) throw failed;
  }

  write(event: NewEvent): void {
    this.writer.record(event);
  }

  warn(message: string): void {
    process.stderr.write(`Warning: ${message}\n`);
    this.write({ type: 'warning', message });
  }

  async save(): Promise<void> {
    await writeRecord(this.directory, this.record);
  }

  /** Says which backend was taken and why others were not; from here on the run counts as running. */
  async running(backend: MeasuredBackend, notes: readonly string[], from?: LoadedCheckpoint): Promise<void> {
    const fromStep = (from?.place.step ?? 0) + 1;
    this.use.goOnFrom((from?.place.flops ?? 0) + (from?.place.evaluationFlops ?? 0));
    const { name, detail, peak } = backend;
    Object.assign(this.own, {
      backend: name,
      backendNotes: [detail, ...notes],
      fromStep,
      ...(peak && { peak }),
    });
    this.record.status = 'running';
    this.use.use(name);
    await this.save();
    this.write({ type: 'start', fromStep, backend: name, flops: from?.place.flops ?? 0 });
    void backend.failed?.then(({ message }) => this.warn(message));
  }

  /** Training goes on with another backend than the attempt began with. */
  async moved(backend: MeasuredBackend): Promise<void> {
    const { name, detail, peak, failed } = backend;
    const [, ...notes] = this.own.backendNotes ?? [];
    Object.assign(this.own, { backend: name, backendNotes: [detail, ...notes], peak });
    this.result.stepSeconds.clear();
    this.use.use(name);
    await this.save();
    void failed?.then(({ message }) => this.warn(message));
  }

  step(measures: Measures, step: number, epoch: number, milliseconds: number, flops: FlopsReport): void {
    const { loss, metrics } = measures;
    this.use.count(flops);
    this.result.stepped(step, epoch, loss, milliseconds, flops);
    for (const { signature, work } of flops.news) this.write({ type: 'work', step, signature, work });
    this.write({
      type: 'step',
      step,
      epoch,
      loss,
      ...(Object.keys(metrics).length > 0 && { metrics }),
      ms: round(milliseconds),
      flops: flops.training,
    });
    this.board.scalar('train/loss', step, loss);
    for (const name in metrics) this.board.scalar(`train/${name}`, step, metrics[name] ?? NaN);
    this.memory.look();
  }

  /** The masks that this attempt of a sparse training begins with. */
  beginMasks(weights: readonly RecordedWeight[], update: MaskUpdate, sparse: SparseTraining): void {
    this.maskRecorder = new MaskRecorder(this.directory, this.number, sparse, (event) => this.write(event));
    this.maskRecorder.begin(weights, update);
  }

  masks(update: MaskUpdate): void {
    this.maskRecorder?.update(update);
  }

  evaluation(
    measures: Measures & { examples: number },
    step: number,
    epoch: number,
    milliseconds: number,
    flops: FlopsSoFar,
  ): void {
    const metrics = { loss: measures.loss, ...measures.metrics };
    const { examples } = measures;
    const ms = round(milliseconds);
    this.use.count(flops);
    this.write({ type: 'eval', step, epoch, metrics, examples, ms, flops: flops.lastEvaluation });
    for (const [name, value] of Object.entries(metrics)) this.board.scalar(`test/${name}`, step, value);
    this.result.evaluated(metrics, flops);
  }

  /** Writes the end, closes every file and lets go of the lock. Rejects where the run folder cannot be written. */
  async end(
    outcome: 'finished' | 'stopped' | 'failed',
    seconds: number,
    said: { message?: string | undefined; error?: RunError } = {},
  ): Promise<void> {
    clearInterval(this.heartbeat);
    const energy = await this.use.energy.end();
    const message = said.message ?? said.error?.message;
    const { step } = this.result;
    const last: NewEvent = { type: 'end', step, outcome, ...(message !== undefined && { message }) };
    this.write(last);
    Object.assign(this.own, {
      endedAt: new Date().toISOString(),
      outcome,
      energy: [...energy],
      ...(said.message !== undefined && { reason: said.message }),
      ...(said.error && { error: said.error }),
    });
    this.record.status = outcome;
    this.result.ended(seconds, this.maskRecorder?.report());
    try {
      await this.writer.close();
      await this.maskRecorder?.close();
      await this.board.close();
      await this.save();
    } catch (error) {
      await this.lastWords(last);
      throw error;
    } finally {
      releaseSpace(this.directory);
      await this.lock.release();
    }
  }

  /** What of the end can still be said, on the space that was held back for it. */
  private async lastWords(end: NewEvent): Promise<void> {
    releaseSpace(this.directory);
    await this.save().catch(() => undefined);
    const writer = new RunWriter(this.directory, this.number);
    writer.record(end);
    await writer.close().catch(() => undefined);
  }

  /** What its steps took corrects later predictions. */
  async refine(): Promise<void> {
    const { backend } = this.own;
    if (backend) await refineByRun(this.directory, backend, this.result.stepSeconds);
  }

  /** Puts what was recorded on disk now, for code that never lets the event loop run. */
  flushSync(): void {
    this.writer.flushSync();
  }

  /** The end of a process that exits by itself: all that still works there is synchronous. */
  endSync(outcome: 'finished' | 'failed', seconds: number): void {
    this.write({ type: 'end', step: this.result.step, outcome });
    Object.assign(this.own, {
      endedAt: new Date().toISOString(),
      outcome,
      energy: [...this.use.energy.stop()],
    });
    this.record.status = outcome;
    this.result.ended(seconds);
    this.writer.flushSync();
    this.board.flushSync();
    writeRecordSync(this.directory, this.record);
    releaseSpace(this.directory);
    this.lock.releaseSync();
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
