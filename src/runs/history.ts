import { RunAxes } from './axes';
import type { EventOf, RunEvent } from './event';
import { Recent } from './recent';
import { Series } from './series';

const keptWarnings = 100;

/** What the events of a run add up to. Bounded in memory however long the run. */
export class RunHistory {
  private readonly curves = new Map<string, Series>();
  private readonly stepTimes = new Recent();
  /** FLOPs a second of the recent steps, and the count before the next one where it is known. */
  private readonly stepRates = new Recent();
  private flopsBefore: number | undefined;

  /** What was reached at which step. */
  readonly axes = new RunAxes();
  /** Last step trained, counted from 1. */
  step = 0;
  /** Counted from 0. */
  epoch = 0;
  attempt = 0;
  /** Last value of every curve. */
  latest: Record<string, number> = {};
  /** Of the training so far, counted; undefined for runs of versions that did not count. */
  flops: number | undefined;
  /** Of all training steps of all attempts, measured. */
  stepsSeconds = 0;
  /** Kernels of one step that are in no count. */
  uncoveredKernels = 0;
  lastCheckpoint: { readonly step: number; readonly name: string } | undefined;
  /** The last update of the masks of sparse weights; undefined where there are none. */
  masks: EventOf<'masks'> | undefined;
  /** Of the process that trains, measured: the last sample, and the highest of the last attempt. */
  memory: { readonly bytes: number; readonly peakBytes: number } | undefined;
  warnings: string[] = [];
  /** How the last attempt ended; undefined while one goes on, and where it was killed. */
  end: EventOf<'end'> | undefined;

  /** Curves by key: `train/loss`, `test/loss`, `train/<metric>`, `test/<metric>`. */
  get series(): ReadonlyMap<string, Series> {
    return this.curves;
  }

  /** Median duration of the recent steps in milliseconds. */
  get stepMilliseconds(): number | undefined {
    return this.stepTimes.median;
  }

  /** Median of the recent steps: counted FLOPs of a step by its measured duration. Undefined where none are counted. */
  get flopsPerSecond(): number | undefined {
    return this.stepRates.median || undefined;
  }

  add(event: RunEvent): void {
    this.attempt = event.attempt;
    this.axes.add(event);
    switch (event.type) {
      case 'start':
        this.end = undefined;
        this.memory = undefined;
        this.stepTimes.clear();
        this.stepRates.clear();
        // A resumed attempt counts on from its checkpoint, which later steps may have followed.
        this.flopsBefore = event.fromStep === 1 ? 0 : undefined;
        break;
      case 'step':
        this.step = event.step;
        this.epoch = event.epoch;
        this.flops = event.flops;
        this.time(event);
        this.put('train', event.step, { loss: event.loss, ...event.metrics });
        break;
      case 'eval':
        this.put('test', event.step, event.metrics);
        break;
      case 'work':
        this.uncoveredKernels = Object.values(event.work)
          .flatMap(({ uncovered }) => Object.values(uncovered))
          .reduce((sum, count) => sum + count, 0);
        break;
      case 'checkpoint':
        this.lastCheckpoint = { step: event.step, name: event.name };
        break;
      case 'masks':
        this.masks = event;
        break;
      case 'warning':
        this.warnings.push(event.message);
        if (this.warnings.length > keptWarnings) this.warnings.shift();
        break;
      case 'end':
        this.end = event;
        break;
      case 'memory':
        this.memory = {
          bytes: event.bytes,
          peakBytes: Math.max(event.bytes, this.memory?.peakBytes ?? 0),
        };
        break;
      case 'epoch':
      case 'energy':
        break;
    }
  }

  private time({ ms, flops }: EventOf<'step'>): void {
    this.stepTimes.add(ms);
    this.stepsSeconds += ms / 1000;
    if (this.flopsBefore !== undefined && flops !== undefined && ms > 0)
      this.stepRates.add((flops - this.flopsBefore) / (ms / 1000));
    this.flopsBefore = flops;
  }

  private put(phase: 'train' | 'test', step: number, values: Readonly<Record<string, number>>): void {
    for (const name in values) {
      const key = `${phase}/${name}`;
      const value = values[name] as number;
      let series = this.curves.get(key);
      if (!series) this.curves.set(key, (series = new Series(key)));
      series.add(step, value);
      this.latest[key] = value;
    }
  }
}
