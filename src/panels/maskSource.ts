import { layoutOf, type MaskLayout } from '../protocol/maskLayout';
import { figuresPerWeight, type MaskRun, type MaskView, type MaskWeight } from '../protocol/masksPanel';
import { MaskReader, type RecordedWeight } from '../runs/masks';
import { newestWeight } from './checkpointWeights';
import { degrees, layOut, layOutMagnitudes } from './maskPicture';
import type { RunMonitor } from './runMonitor';

/** The masks of one run, as messages have them. */
export class MaskSource {
  private readonly reader: MaskReader;
  private notFollowed: string | undefined;
  private notShown: string | undefined;

  constructor(readonly monitor: RunMonitor) {
    this.reader = new MaskReader(monitor.directory);
  }

  /** Frames known so far. */
  get count(): number {
    return this.reader.frames.length;
  }

  /** Changes when frames that were known no longer count. */
  get revision(): number {
    return this.reader.revision;
  }

  /** The weights as the newest frame has them. */
  get weights(): readonly RecordedWeight[] {
    return this.reader.frames.at(-1)?.weights ?? [];
  }

  /** Why masks cannot be read, or not all. */
  get problem(): string | undefined {
    return this.notShown ?? this.notFollowed;
  }

  /** Looks for new frames. */
  async poll(): Promise<void> {
    this.notFollowed = await this.reader.poll().then(() => undefined, messageOf);
  }

  /** Undefined until the run's record was read. */
  run(): MaskRun | undefined {
    const { directory, record, status, history } = this.monitor;
    if (!record || !status) return undefined;
    return { directory, name: record.name, id: record.id, status, step: history.step };
  }

  describeWeights(): MaskWeight[] {
    return this.weights.map(({ name, layer, kind, shape, image, site }) => ({
      name,
      layer,
      kind,
      shape: [...shape],
      ...(image && { image }),
      hasSite: site !== undefined,
    }));
  }

  /** Steps and figures of the frames from one on. */
  frames(from: number): { steps: Float64Array<ArrayBuffer>; figures: Uint32Array<ArrayBuffer> } {
    const frames = this.reader.frames.slice(from);
    const weights = this.weights.length;
    const figures = new Uint32Array(frames.length * weights * figuresPerWeight);
    for (const [i, { parts }] of frames.entries())
      for (let weight = 0; weight < weights; weight++) {
        const { active, grown, dropped, deadOutputs, deadInputs } = parts[weight] ?? {};
        figures.set(
          [active ?? 0, grown ?? 0, dropped ?? 0, deadOutputs ?? 0, deadInputs ?? 0],
          (i * weights + weight) * figuresPerWeight,
        );
      }
    return { steps: Float64Array.from(frames, ({ step }) => step), figures };
  }

  /** What a view shows. Undefined where there is no such frame, or where it cannot be read: see {@link problem}. */
  async picture({ frame, weight }: Pick<MaskView, 'frame' | 'weight'>) {
    const layout = this.layout(frame, weight);
    if (!layout) return undefined;
    try {
      const mask = await this.reader.mask(frame, weight);
      const changed = await this.reader.changes(frame, weight);
      return { active: layOut(mask, layout), changed: layOut(changed, layout), ...degrees(mask, layout) };
    } catch (error) {
      this.notShown = messageOf(error);
      return undefined;
    }
  }

  /**
   * The newest checkpoint's values of a weight, where the newest mask is one.
   *
   * @throws Error for people where there are none
   */
  async magnitudes(weight: number) {
    const frame = this.count - 1;
    const layout = this.layout(frame, weight);
    const recorded = this.weights[weight];
    if (!layout || !recorded) throw new Error('This weight is not recorded any more.');
    const { values, step } = await newestWeight(this.monitor.directory, recorded);
    return { ...layOutMagnitudes(values, await this.reader.mask(frame, weight), layout), step };
  }

  /** Lets go of what was decoded. */
  forget(): void {
    this.reader.forget();
  }

  private layout(frame: number, weight: number): MaskLayout | undefined {
    const recorded = this.reader.frames[frame]?.weights[weight];
    return recorded && layoutOf(recorded);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
