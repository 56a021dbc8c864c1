import { money } from '../cost/price';
import { surroundingsOf } from '../cost/surroundings';
import type { ReachedKey, RunCurves, SeriesChange } from '../protocol/runPanel';
import { totalEnergy } from '../runs/energy';
import { isGpu, type RunRecord } from '../runs/record';
import { placeBeforeAll, type Series, type SeriesPlace } from '../runs/series';
import type { AttemptUsage } from '../runs/usage';
import { workedSeconds } from '../runs/workedSeconds';
import type { RunMonitor } from './runMonitor';

/** What one webview has been told of the curves of one run. */
export class RunReader {
  private places = new Map<string, SeriesPlace>();
  private told: { generation: number } | undefined;

  constructor(readonly monitor: RunMonitor) {}

  /** The webview knows nothing any more. */
  forget(): void {
    this.told = undefined;
  }

  /**
   * What is new; undefined until the run's record was read.
   *
   * @param now milliseconds since the Unix epoch
   */
  read(now: number): RunCurves | undefined {
    const { record, status, usage, history, generation, directory, problem } = this.monitor;
    if (!record || !status) return undefined;
    const fresh = this.told?.generation !== generation;
    if (fresh) this.places = new Map();
    this.told = { generation };
    const attempts = usage.usage(record, status, now);
    const energy = attempts.flatMap((attempt) => attempt.energy);
    const prices = pricesOf(record);
    const stepsPerEpoch = record.plan?.stepsPerEpoch;
    return {
      directory,
      name: record.name,
      status,
      fresh,
      series: [...history.series].flatMap(([key, series]) => this.since(key, series)),
      reached: this.reached(record, attempts),
      ...(problem !== undefined && { problem }),
      ...(stepsPerEpoch && { stepsPerEpoch }),
      ...(energy.length > 0 && { energyProvenance: totalEnergy(energy).provenance }),
      ...(prices && { prices }),
    };
  }

  private reached(record: RunRecord, usage: readonly AttemptUsage[]): RunCurves['reached'] {
    const { time, epochs, flops, joules } = this.monitor.history.axes;
    const onGpu = usage.some(({ backend }) => isGpu(backend));
    const seconds = (key: ReachedKey, counts?: (attempt: AttemptUsage) => boolean) => {
      const at = workedSeconds(record, usage, counts);
      return this.since(key, time).map((change) => ({ ...change, key, y: change.y.map(at) }));
    };
    const plain = (key: ReachedKey, series: Series) =>
      this.since(key, series).map((change) => ({ ...change, key }));
    return [
      ...seconds('seconds'),
      ...(onGpu ? seconds('gpuSeconds', ({ backend }) => isGpu(backend)) : []),
      ...plain('epochs', epochs),
      ...plain('flops', flops),
      ...plain('joules', joules),
    ];
  }

  private since(key: string, series: Series): SeriesChange[] {
    const place = this.places.get(key) ?? placeBeforeAll();
    this.places.set(key, place);
    const change = series.since(place);
    return change ? [{ key, ...change }] : [];
  }
}

/** Money for one unit of what it is paid for; undefined where no price is given. */
function pricesOf({ surroundings }: RunRecord): RunCurves['prices'] {
  try {
    const { prices, pue } = surroundingsOf(surroundings ?? {});
    const of = (joules: number, gpuSeconds: number) =>
      money({ low: joules, value: joules, high: joules }, gpuSeconds, prices, pue)?.value;
    const [perJoule, perGpuSecond] = [of(1, 0), of(0, 1)];
    if (perJoule === undefined || perGpuSecond === undefined) return undefined;
    return { perJoule, perGpuSecond, currency: prices.currency };
  } catch {
    // A place that nobody knows any more says nothing about prices worth failing for.
    return undefined;
  }
}
