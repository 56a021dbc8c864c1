import fs from 'node:fs/promises';
import path from 'node:path';
import { ControlReader } from '../runs/control';
import type { RunEvent } from '../runs/event';
import { RunHistory } from '../runs/history';
import { readLogTail } from '../runs/logTail';
import { readPrediction, type RunPrediction } from '../runs/prediction';
import { runFiles, type RunRecord, type RunStatus } from '../runs/record';
import { readRecord } from '../runs/recordFile';
import { isLive } from '../runs/standing';
import { runStatus } from '../runs/status';
import { EventTail } from '../runs/tail';
import { UsageReader } from '../runs/usage';
import { Pace } from './pace';
import type { RunObservation } from './runView';

/** A run that is not live any more changes only when somebody resumes it. */
const restMilliseconds = 1000;
const recordMilliseconds = 500;
const logTailBytes = 8192;
const timerSlackMilliseconds = 10;

interface Subscriber {
  readonly milliseconds: number;
  readonly listener: () => void;
  due: number;
}

/**
 * Follows one run folder for whoever looks at it: reads on from where it stopped, at the pace that the most
 * impatient subscriber asks for, and not at all while there is none.
 */
export class RunMonitor {
  private readonly tail: EventTail;
  private readonly subscribers = new Set<Subscriber>();
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | undefined;
  private recordStamp = '';
  private recordCheckedAt = 0;
  private logTailStatus: RunStatus | undefined;
  private logTail: string | undefined;
  private control: ControlReader | undefined;
  private disposed = false;

  history = new RunHistory();
  usage = new UsageReader();
  pace = new Pace();
  record: RunRecord | undefined;
  prediction: RunPrediction | undefined;
  status: RunStatus | undefined;
  stopping = false;
  /** Counts how often the events were read anew, for readers that follow their growth. */
  generation = 0;
  /** Counts what became known, so that a reader can tell whether there is news. */
  revision = 0;
  /** Why nothing more can be said of the run: its folder was deleted or cannot be read. */
  problem: string | undefined;

  constructor(readonly directory: string) {
    this.tail = new EventTail(directory, {
      events: (batch) => {
        batch.forEach((event) => this.take(event));
        // Of a long run much is to be seen before all of it is read.
        this.tell();
      },
      reset: () => this.reset(),
      gone: () => {
        this.fail('The folder of this run was deleted.');
      },
    });
  }

  /** What is known, once the record could be read. */
  observe(): RunObservation | undefined {
    const { record, prediction, status, history, usage, pace, stopping, logTail } = this;
    if (!record || !status) return undefined;
    return { record, prediction, status, history, usage, pace, stopping, logTail };
  }

  /**
   * Keeps reading while the subscription lasts.
   *
   * @param milliseconds between two looks at a live run
   * @param listener called after looks, as often as asked at most
   */
  subscribe(milliseconds: number, listener: () => void): { dispose(): void } {
    const subscriber = { milliseconds, listener, due: 0 };
    this.subscribers.add(subscriber);
    this.schedule(0);
    return {
      dispose: () => {
        this.subscribers.delete(subscriber);
        if (this.subscribers.size === 0) clearTimeout(this.timer);
      },
    };
  }

  /** Reads what is new now. Two calls at once share one look. */
  check(recordToo = true): Promise<void> {
    this.checking ??= this.look(recordToo).finally(() => {
      this.checking = undefined;
    });
    return this.checking;
  }

  dispose(): void {
    this.disposed = true;
    this.subscribers.clear();
    clearTimeout(this.timer);
    this.tail.dispose();
  }

  private schedule(milliseconds: number): void {
    clearTimeout(this.timer);
    if (this.disposed || this.subscribers.size === 0) return;
    this.timer = setTimeout(() => {
      void this.check(Date.now() - this.recordCheckedAt >= recordMilliseconds).then(() => {
        this.tell();
        const asked = Math.min(...[...this.subscribers].map((each) => each.milliseconds));
        this.schedule(isLive(this.status) ? asked : Math.max(asked, restMilliseconds));
      });
    }, milliseconds);
  }

  private tell(): void {
    const now = Date.now();
    for (const subscriber of [...this.subscribers]) {
      if (now < subscriber.due) continue;
      subscriber.due = now + subscriber.milliseconds - timerSlackMilliseconds;
      subscriber.listener();
    }
  }

  private async look(recordToo: boolean): Promise<void> {
    if (this.disposed) return;
    const ended = this.history.end;
    const attempt = this.history.attempt;
    if (!this.record) await this.readRecord();
    await this.tail.poll();
    const turned = this.history.end !== ended || this.history.attempt !== attempt;
    if (recordToo || turned) await this.readRecord();
  }

  private async readRecord(): Promise<void> {
    this.recordCheckedAt = Date.now();
    try {
      const stat = await fs.stat(path.join(this.directory, runFiles.record));
      const stamp = `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
      if (stamp !== this.recordStamp) {
        const before = this.record?.attempts.length;
        this.record = await readRecord(this.directory);
        this.recordStamp = stamp;
        this.revision++;
        if (this.record.attempts.length !== before) this.control = new ControlReader(this.directory);
      }
      if (!this.record) return;
      await this.readPrediction();
      const status = await runStatus(this.directory, this.record);
      const stopping = isLive(status) && (this.control?.stopRequested() ?? false);
      await this.readLog(status);
      if (status !== this.status || stopping !== this.stopping || this.problem !== undefined) this.revision++;
      this.status = status;
      this.stopping = stopping;
      this.problem = undefined;
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** It is made while the run starts, and once it is there it stays. */
  private async readPrediction(): Promise<void> {
    if (this.prediction) return;
    this.prediction = await readPrediction(this.directory);
    if (this.prediction) this.revision++;
  }

  /** The log says most about a run that did not end as it should. */
  private async readLog(status: RunStatus): Promise<void> {
    if (status === this.logTailStatus) return;
    this.logTailStatus = status;
    this.logTail =
      status === 'failed' || status === 'crashed'
        ? await readLogTail(this.directory, logTailBytes).catch(() => undefined)
        : undefined;
  }

  private fail(problem: string): void {
    if (this.problem === undefined) this.revision++;
    this.problem ??= problem;
  }

  private take(event: RunEvent): void {
    this.revision++;
    this.history.add(event);
    this.usage.add(event);
    if (event.type === 'step') this.pace.add(event.step, event.t, event.attempt);
  }

  private reset(): void {
    this.history = new RunHistory();
    this.usage = new UsageReader();
    this.pace = new Pace();
    this.generation++;
    this.revision++;
  }
}
