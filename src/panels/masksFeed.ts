import type { MaskPart, MaskView, Side, ToMasksPanel } from '../protocol/masksPanel';
import type { RecordedWeight } from '../runs/masks';
import { MaskSource } from './maskSource';
import { newsOf, type Told, type Unsent } from './maskNews';
import type { RunMonitor } from './runMonitor';

/** Masks change far less often than curves. */
const lookMilliseconds = 200;

/** What is wanted may change at any moment: a message takes no more than this where it has more than one part. */
const messageBytes = 1 << 20;

/**
 * Feeds one webview with the masks of a run, or of two: what it was not told yet, one message at a time, the next one
 * only after the last was acknowledged. Masks are sent as they lie in the file, those parts that it asks for and nothing
 * else. Paused, nothing is read.
 */
export class MasksFeed {
  private readonly sides = new Map<Side, Told>();
  private monitors: readonly (RunMonitor | undefined)[];
  private wanted: MaskView[] = [];
  /** Parts of the message that is under way. */
  private readonly sending = new Set<string>();
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
    this.sending.clear();
    this.pump();
  }

  /** Parts of masks that the webview wants from now on, the most wanted first. */
  ask(parts: readonly MaskView[]): void {
    this.wanted = parts.filter((part) => !this.sending.has(keyOf(part)));
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
    this.wanted = [];
    this.sending.clear();
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
      unreadable: new Set(),
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
      if (!this.running || before.get(message.side) !== this.sides.get(message.side)) {
        this.sending.clear();
        continue;
      }
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
      if (!news) continue;
      // What was asked for before may mean other frames now.
      if (news.type === 'hydrate') this.wanted = this.wanted.filter((part) => part.side !== side);
      return news;
    }
    return (await this.nextMagnitudes()) ?? this.nextParts();
  }

  private async nextParts(): Promise<Unsent | undefined> {
    const side = this.wanted[0]?.side;
    if (side === undefined) return undefined;
    const told = this.sides.get(side);
    const parts: MaskPart[] = [];
    let bytes = 0;
    while (bytes < messageBytes && this.wanted[0]?.side === side) {
      const wanted = this.wanted.shift() as MaskView;
      const key = keyOf(wanted);
      if (!told || wanted.frame >= told.frames || told.unreadable.has(key)) continue;
      this.sending.add(key);
      const part = await told.source.part(wanted);
      if (!part) {
        told.unreadable.add(key);
        this.sending.delete(key);
        break;
      }
      parts.push(part);
      bytes += part.links.reduce((sum, { words }) => sum + words.byteLength, 0);
    }
    if (parts.length > 0) return { type: 'parts', side, parts };
    this.again = this.wanted.length > 0;
    return told && newsOf(side, told);
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

function keyOf({ side, frame, weight }: MaskView): string {
  return `${side} ${frame} ${weight}`;
}
