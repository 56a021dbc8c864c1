import { EnergyMeter, knownPower } from '../energy';
import { totalEnergy, type EnergyPart } from '../runs/energy';
import { isGpu, type BackendName } from '../runs/record';

/** Often at first, so that short runs and panels that were just opened know something; then seldom. */
const [firstMilliseconds, lastMilliseconds] = [1000, 10_000];

/** Samples what an attempt uses, and hands each sum on to be recorded. Trouble with meters never ends a run. */
export class EnergyRecorder {
  private meter: Promise<EnergyMeter | undefined> = EnergyMeter.begin({ known: knownPower() }).catch(
    () => undefined,
  );
  private before: readonly EnergyPart[] = [];
  private readonly began = performance.now();
  private sampledAt = this.began;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private sampling: Promise<readonly EnergyPart[]> | undefined;

  /** @param record is called with all parts of the attempt so far */
  constructor(private readonly record: (parts: readonly EnergyPart[]) => void) {
    this.schedule(firstMilliseconds);
  }

  /** From here on the attempt computes on this backend. */
  use(backend: BackendName): void {
    this.meter = this.meter.then(async (meter) => {
      await meter?.watchGpu(isGpu(backend)).catch(() => undefined);
      return meter;
    });
  }

  /** Joules so far: of the last sample, and since then at the mean power before it. */
  joules(): number {
    const { joules } = totalEnergy(this.before);
    const sampled = this.sampledAt - this.began;
    return sampled > 0 ? (joules * (performance.now() - this.began)) / sampled : 0;
  }

  /** Takes a sample now. Two at once share one. */
  sample(): Promise<readonly EnergyPart[]> {
    this.sampling ??= this.take().finally(() => {
      this.sampling = undefined;
    });
    return this.sampling;
  }

  /** Ends with a last sample. */
  async end(): Promise<readonly EnergyPart[]> {
    this.stop();
    await this.sampling;
    return this.sample();
  }

  /** Ends without one, where there is no time: what was used since the last sample stays unknown. */
  stop(): readonly EnergyPart[] {
    this.stopped = true;
    clearTimeout(this.timer);
    return this.before;
  }

  private schedule(milliseconds: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      void this.sample().then(() => this.schedule(Math.min(lastMilliseconds, 2 * milliseconds)));
    }, milliseconds);
    this.timer.unref();
  }

  private async take(): Promise<readonly EnergyPart[]> {
    try {
      const parts = (await (await this.meter)?.sample()) ?? this.before;
      if (parts !== this.before) this.record(parts);
      this.before = parts;
      this.sampledAt = performance.now();
    } catch {
      // A meter that fails says nothing; the parts before stay as they are.
    }
    return this.before;
  }
}
