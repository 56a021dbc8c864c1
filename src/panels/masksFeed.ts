import { encodeWords } from '../protocol/codedWords';
import type { MaskView, Side, ToMasksPanel } from '../protocol/masksPanel';
import type { RecordedWeight } from '../runs/masks';
import { MaskSource } from './maskSource';
import type { RunMonitor } from './runMonitor';

/** Masks change far less often than curves. */
const lookMilliseconds = 200;

/** A message whose number is still to be given. */
type Unsent = ToMasksPanel extends infer M ? (M extends ToMasksPanel ? Omit<M, 'id'> : never) : never;

/** What one side of the webview was told. */
interface Told {
  readonly source: MaskSource;
  readonly subscription: { dispose(): void };
  /** Of the frames told last; undefined before anything was. */
  revision: number | undefined;
  frames: number;
  run: string;
  problem: string | undefined;
  gone: string | undefined;
  /** What the webview has of each weight. */
  readonly pictures: Map<number, { readonly frame: number; readonly active: Uint32Array | undefined }>;
  readonly magnitudes: Set<number>;
}

/**
 * Feeds one webview with the masks of a run, or of two: what it was not told yet, one message at a time, the next one
 * only after the last was acknowledged. Pictures are sent of what it looks at and of nothing else. Paused, nothing is
 * read.
 */
export class MasksFeed {
  private readonly sides = new Map<Side, Told>();
  private monitors: readonly (RunMonitor | undefined)[];
  private views: readonly MaskView[] = [];
  private nextId = 1;
  private awaited: number | undefined;
  private mustLook = false;
  private mustEnd = false;
  private pumping = false;
  private again = false;
  private running = false;

  /** @param post hands a message to the webview, which may drop it */
  constructor(
    monitor: RunMonitor,
    private readonly post: (message: ToMasksPanel) => void,
  ) {
    this.monitors = [monitor];
  }

  /** The run that the panel's own is compared with, if any. */
  compareWith(monitor: RunMonitor | undefined): void {
    this.mustEnd = monitor === undefined && this.monitors[1] !== undefined;
    this.monitors = [this.monitors[0], monitor];
    if (!this.running) return;
    this.leave(1);
    this.enter(1);
    this.pump();
  }

  /** A fresh webview knows nothing yet: starts over. */
  ready(): void {
    this.pause();
    this.running = true;
    this.enter(0);
    this.enter(1);
  }

  /** The webview has drawn a message. */
  acknowledge(id: number): void {
    if (id !== this.awaited) return;
    this.awaited = undefined;
    this.pump();
  }

  /** Says what is in sight, the most wanted first. */
  look(views: readonly MaskView[]): void {
    this.views = views;
    this.pump();
  }

  /** The magnitudes of a weight are wanted. */
  magnitudes(side: Side, weight: number): void {
    this.sides.get(side)?.magnitudes.add(weight);
    this.pump();
  }

  /** The weight that a message of the webview means. */
  weight(side: Side, weight: number): RecordedWeight | undefined {
    return this.sides.get(side)?.source.weights[weight];
  }

  /** Nobody looks. */
  pause(): void {
    this.running = false;
    this.leave(0);
    this.leave(1);
    this.views = [];
    this.awaited = undefined;
  }

  dispose(): void {
    this.pause();
  }

  private enter(side: Side): void {
    const monitor = this.monitors[side];
    if (!monitor) return;
    const subscription = monitor.subscribe(lookMilliseconds, () => {
      this.mustLook = true;
      this.pump();
    });
    this.sides.set(side, {
      source: new MaskSource(monitor),
      subscription,
      revision: undefined,
      frames: 0,
      run: '',
      problem: undefined,
      gone: undefined,
      pictures: new Map(),
      magnitudes: new Set(),
    });
  }

  private leave(side: Side): void {
    this.sides.get(side)?.subscription.dispose();
    this.sides.delete(side);
  }

  /** Sends one message, if there is one to be sent and none under way. */
  private pump(): void {
    this.again = true;
    if (!this.pumping) void this.pumpOne();
  }

  private async pumpOne(): Promise<void> {
    this.pumping = true;
    while (this.again && this.running && this.awaited === undefined) {
      this.again = false;
      const before = new Map(this.sides);
      const message = await this.next();
      if (!message) continue;
      this.again = true;
      // Meanwhile another run, or none, may have taken the place of the one that this is about.
      if (!this.running || before.get(message.side) !== this.sides.get(message.side)) continue;
      this.awaited = this.nextId++;
      this.post({ ...message, id: this.awaited });
    }
    this.pumping = false;
  }

  private async next(): Promise<Unsent | undefined> {
    if (this.mustEnd) {
      this.mustEnd = false;
      return { type: 'gone', side: 1, message: '' };
    }
    if (this.mustLook) {
      this.mustLook = false;
      await Promise.all([...this.sides.values()].map(({ source }) => source.poll()));
    }
    for (const [side, told] of this.sides) {
      const news = newsOf(side, told);
      if (news) return news;
    }
    return (await this.nextPicture()) ?? this.nextMagnitudes();
  }

  private async nextPicture(): Promise<Unsent | undefined> {
    for (const { side, frame, weight } of this.views) {
      const told = this.sides.get(side);
      if (!told || frame >= told.frames || told.pictures.get(weight)?.frame === frame) continue;
      const last = told.pictures.get(weight);
      told.pictures.set(weight, { frame, active: undefined });
      const picture = await told.source.picture({ frame, weight });
      if (picture) {
        const { active, changed, fanIn, fanOut } = picture;
        told.pictures.set(weight, { frame, active });
        const base = last?.active?.length === active.length ? last.active : undefined;
        const isNext = base !== undefined && last?.frame === frame - 1;
        return {
          type: 'picture',
          side,
          frame,
          weight,
          onLast: base !== undefined,
          active: encodeWords(active, base),
          ...(!isNext && { changed: encodeWords(changed) }),
          fanIn,
          fanOut,
        };
      }
      return newsOf(side, told);
    }
    return undefined;
  }

  private async nextMagnitudes(): Promise<Unsent | undefined> {
    for (const [side, { source, magnitudes }] of this.sides)
      for (const weight of magnitudes) {
        magnitudes.delete(weight);
        try {
          return { type: 'magnitudes', side, weight, ...(await source.magnitudes(weight)) };
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          return { type: 'noMagnitudes', side, weight, message };
        }
      }
    return undefined;
  }
}

/** What a side must be told of its run and its frames before pictures make sense. */
function newsOf(side: Side, told: Told): Unsent | undefined {
  const { source } = told;
  const { problem } = source.monitor;
  if (problem !== undefined) {
    if (told.gone === problem) return undefined;
    told.gone = problem;
    told.revision = undefined;
    return { type: 'gone', side, message: problem };
  }
  const run = source.run();
  if (!run) return undefined;
  told.gone = undefined;
  const key = JSON.stringify(run);
  const from = told.frames;
  const grown = source.count > from;
  const anew = told.revision !== source.revision || (from === 0 && grown) || told.problem !== source.problem;
  if (!anew && !grown && key === told.run) return undefined;
  Object.assign(told, { frames: source.count, run: key, revision: source.revision, problem: source.problem });
  if (!anew) return { type: 'append', side, run, frames: source.frames(from) };
  told.pictures.clear();
  return {
    type: 'hydrate',
    side,
    run,
    weights: source.describeWeights(),
    frames: source.frames(0),
    ...(source.problem !== undefined && { problem: source.problem }),
  };
}
