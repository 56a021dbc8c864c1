import { totalEnergy } from './energy';
import type { RunEvent } from './event';
import { Series } from './series';

/**
 * What a run had reached at its steps, for curves over something else than steps. None of it goes back where an
 * attempt does steps again: what the steps before had used is in the sums.
 */
export class RunAxes {
  /** Milliseconds since the Unix epoch at the end of each step. */
  readonly time = new Series('time');
  /** Epochs done, at their ends. */
  readonly epochs = new Series('epochs');
  /** Counted, of the training that led to the step. */
  readonly flops = new Series('flops');
  /** Of all attempts, whenever it was sampled. */
  readonly joules = new Series('joules');
  /** Joules of each attempt so far. */
  private readonly used = new Map<number, number>();
  private attempt = 0;
  private fromStep = 1;
  private step = 0;

  add(event: RunEvent): void {
    switch (event.type) {
      case 'start':
        this.attempt = event.attempt;
        this.fromStep = event.fromStep;
        this.step = event.fromStep - 1;
        cut(this.joules, this.step);
        this.epochs.dropFrom(event.fromStep);
        if (this.used.size > 0) this.joules.add(event.fromStep, this.usedByAll());
        break;
      case 'step':
        this.step = event.step;
        this.time.add(event.step, event.t);
        if (event.flops !== undefined) this.flops.add(event.step, event.flops);
        break;
      case 'epoch':
        this.epochs.add(event.step, event.epoch + 1);
        break;
      case 'energy':
        this.used.set(event.attempt, totalEnergy(event.parts).joules);
        // What an attempt uses before it starts to train comes in with its start.
        if (event.attempt === this.attempt)
          this.joules.add(Math.max(this.step, this.fromStep), this.usedByAll());
        break;
      default:
    }
  }

  private usedByAll(): number {
    return [...this.used.values()].reduce((sum, joules) => sum + joules, 0);
  }
}

/** Ends a curve at a step, with the value that it has there between two points. */
function cut(series: Series, step: number): void {
  const { x, y } = series.points();
  const after = x.findIndex((each) => each > step);
  series.dropFrom(step + 1);
  if (after <= 0 || x[after - 1] === step) return;
  const [x0, y0, x1, y1] = [x[after - 1], y[after - 1], x[after], y[after]] as [
    number,
    number,
    number,
    number,
  ];
  series.add(step, y0 + ((y1 - y0) * (step - x0)) / (x1 - x0));
}
