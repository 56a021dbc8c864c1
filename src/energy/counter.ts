/** No socket and no bank of memory draws more; a counter that seems to say so was reset, or went round unseen. */
const mostWatts = 1000;

export interface CounterReading {
  readonly joules: number;
  /** That these joules were counted over. */
  readonly seconds: number;
}

/**
 * Energy from a counter of microjoules that begins again at zero when it is full. A reading that fails, a counter
 * that was reset, and a pause in which it may have gone round more than once give no energy: that time stays
 * unmeasured.
 */
export class EnergyCounter {
  private last: { microjoules: number; at: number } | undefined;

  /** @param range microjoules at which the counter goes round */
  constructor(private readonly range: number) {}

  /**
   * @param microjoules undefined where it could not be read
   * @param at seconds of any clock that never goes back
   * @returns what was used since the reading before; undefined where that is not known
   */
  read(microjoules: number | undefined, at: number): CounterReading | undefined {
    if (microjoules === undefined || !(microjoules >= 0)) return undefined;
    const { last } = this;
    this.last = { microjoules, at };
    if (!last || at <= last.at) return undefined;
    const seconds = at - last.at;
    const most = mostWatts * seconds;
    if (most > this.range / 1e6) return undefined;
    const wrapped = microjoules < last.microjoules;
    const joules = (microjoules - last.microjoules + (wrapped ? this.range : 0)) / 1e6;
    return joules > most ? undefined : { joules, seconds };
  }
}
