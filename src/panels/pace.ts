/** How many step times are kept; older ones say little about what is left. */
const kept = 512;
const chunks = 8;

/** Measures how fast a run goes from the wall-clock times of its steps, pauses for evaluation included. */
export class Pace {
  private readonly steps: number[] = [];
  private readonly times: number[] = [];
  private first: { step: number; time: number } | undefined;
  private attempt = 0;

  /**
   * @param step counts from 1; a step at or before the last one, or a new attempt, starts the measurement anew
   * @param time milliseconds since the Unix epoch
   */
  add(step: number, time: number, attempt: number): void {
    if (attempt !== this.attempt || step <= (this.steps.at(-1) ?? 0)) {
      this.steps.length = this.times.length = 0;
      this.first = undefined;
      this.attempt = attempt;
    }
    this.first ??= { step, time };
    this.steps.push(step);
    this.times.push(time);
    if (this.steps.length > 2 * kept) {
      this.steps.splice(0, kept);
      this.times.splice(0, kept);
    }
  }

  /**
   * Seconds that `stepsLeft` more steps will take, as the slower and faster quartile of the recent pace and the
   * mean of the whole attempt would have it: [low, high]. Undefined until there is something to measure.
   */
  remaining(stepsLeft: number): [number, number] | undefined {
    const rates = this.recentRates();
    const overall = this.overallRate();
    if (rates.length < 4 || overall === undefined) return undefined;
    rates.sort((a, b) => a - b);
    const low = Math.min(rates[Math.floor(rates.length / 4)] ?? overall, overall);
    const high = Math.max(rates[Math.ceil((rates.length * 3) / 4) - 1] ?? overall, overall);
    return [(stepsLeft * low) / 1000, (stepsLeft * high) / 1000];
  }

  /** Of the recent past, pauses for evaluation included; undefined until there are two steps. */
  stepsPerSecond(): number | undefined {
    const rate = this.rate(Math.max(0, this.steps.length - kept - 1), this.steps.length - 1);
    return rate === undefined || rate === 0 ? undefined : 1000 / rate;
  }

  /** Milliseconds a step in each of some stretches of the recent past. */
  private recentRates(): number[] {
    const from = Math.max(0, this.steps.length - kept - 1);
    const count = this.steps.length - 1 - from;
    const rates: number[] = [];
    const stretches = Math.min(chunks, count);
    for (let i = 0; i < stretches; i++) {
      const a = from + Math.floor((i * count) / stretches);
      const b = from + Math.floor(((i + 1) * count) / stretches);
      const rate = this.rate(a, b);
      if (rate !== undefined) rates.push(rate);
    }
    return rates;
  }

  private rate(a: number, b: number): number | undefined {
    const steps = (this.steps[b] ?? 0) - (this.steps[a] ?? 0);
    return steps > 0 ? Math.max(0, (this.times[b] ?? 0) - (this.times[a] ?? 0)) / steps : undefined;
  }

  private overallRate(): number | undefined {
    const step = this.steps.at(-1);
    const time = this.times.at(-1);
    if (!this.first || step === undefined || time === undefined || step <= this.first.step) return undefined;
    return Math.max(0, time - this.first.time) / (step - this.first.step);
  }
}
