import {
  figuresPerWeight,
  type MaskFrames,
  type MaskPart,
  type MaskRun,
  type MaskView,
  type MaskWeight,
} from '../protocol/masksPanel';
import { MaskReader, type RecordedWeight } from '../runs/masks';
import { newestMagnitudes } from './checkpointWeights';
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
    return this.weights.map(({ name, layer, kind, shape, transposed, image, site }) => ({
      name,
      layer,
      kind,
      shape: [...shape],
      ...(transposed && { transposed }),
      ...(image && { image }),
      hasSite: site !== undefined,
    }));
  }

  /** What is known of the frames from one on, masks aside. */
  frames(from: number): MaskFrames {
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
    return {
      steps: Float64Array.from(frames, ({ step }) => step),
      figures,
      follows: Uint8Array.from(frames, (_, i) => Number(this.reader.follows(from + i))),
    };
  }

  /** One weight's part of a frame. Undefined where there is none, or where it cannot be read: see {@link problem}. */
  async part({ frame, weight }: Pick<MaskView, 'frame' | 'weight'>): Promise<MaskPart | undefined> {
    if (!this.reader.frames[frame]?.weights[weight]) return undefined;
    try {
      return { frame, weight, links: await this.reader.links(frame, weight) };
    } catch (error) {
      this.notShown = messageOf(error);
      return undefined;
    }
  }

  /**
   * How large the values of a weight are in the newest checkpoint.
   *
   * @throws Error for people where there are none
   */
  magnitudes(weight: number) {
    const recorded = this.weights[weight];
    if (!recorded) throw new Error('This weight is not recorded any more.');
    return newestMagnitudes(this.monitor.directory, recorded);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
