import { layoutOf, type LaidOutWeight } from '../../src/protocol/maskLayout';
import {
  figuresPerWeight,
  type MaskFrames,
  type MaskPart,
  type MaskView,
  type Side,
} from '../../src/protocol/masksPanel';
import { differing, wordsOf, type MaskBits } from '../../src/runs/maskBits';
import { toggleCoded } from '../../src/runs/maskCode';
import { LruCache } from './lruCache';
import { degrees, layOut, layOutMagnitudes } from './maskPicture';

/** A mask as it is painted: see maskLayout.ts. */
export interface MaskPicture extends MaskView {
  readonly active: MaskBits;
  /** Cells in which it differs from the frame before. */
  readonly changed: MaskBits;
}

/** Active weights of each output and of each input of a mask. */
export interface MaskDegrees extends MaskView {
  readonly fanIn: Uint32Array<ArrayBuffer>;
  readonly fanOut: Uint32Array<ArrayBuffer>;
}

interface Recorded {
  readonly weights: readonly LaidOutWeight[];
  readonly follows: number[];
  /** Of each frame, of each weight: how many positions its part tells. */
  readonly ones: number[][];
}

/** Parts are kept as they came, and masks as they were made: of 25 million weights, 96 MB are 30 masks. */
const keptBytes = { parts: 96e6, masks: 96e6 };
/** A part that must be fetched first costs as much as this many that are there. */
const fetching = 4;
const wordBytes = 4;

/** Puts masks together from the parts that were sent, from the nearest mask that was made before. */
export class MaskStore {
  private readonly runs = new Map<Side, Recorded>();
  private readonly parts: LruCache<MaskPart>;
  private readonly masks: LruCache<MaskBits>;

  constructor(private readonly limits = keptBytes) {
    this.parts = new LruCache(limits.parts);
    this.masks = new LruCache(limits.masks);
  }

  /** A run as it is known from now on. */
  hydrate(side: Side, weights: readonly LaidOutWeight[], frames: MaskFrames): void {
    this.forget(side);
    this.runs.set(side, { weights, follows: [], ones: [] });
    this.append(side, frames);
  }

  append(side: Side, { follows, figures }: MaskFrames): void {
    const run = this.runs.get(side);
    if (!run) return;
    for (const [i, follow] of follows.entries()) {
      const at = (weight: number) => (i * run.weights.length + weight) * figuresPerWeight;
      run.follows.push(follow);
      run.ones.push(
        run.weights.map((_, weight) => {
          const [active = 0, grown = 0, dropped = 0] = figures.subarray(at(weight), at(weight) + 3);
          return follow ? grown + dropped : active;
        }),
      );
    }
  }

  forget(side: Side): void {
    this.runs.delete(side);
    this.parts.forget(`${side} `);
    this.masks.forget(`${side} `);
  }

  put(side: Side, part: MaskPart): void {
    const bytes = part.links.reduce((sum, { words }) => sum + words.byteLength, 0);
    this.parts.set(keyOf({ side, ...part }), part, bytes);
  }

  /** Parts that a picture needs and that are not there. */
  missing(view: MaskView): MaskView[] {
    return this.needed(view).filter((part) => !this.parts.has(keyOf(part)));
  }

  /**
   * Parts that pictures before and after will need, the nearest first, as many as may be kept beside all else and are
   * not there.
   */
  ahead({ side, frame, weight }: MaskView): MaskView[] {
    const run = this.runs.get(side);
    const parts: MaskView[] = [];
    let bytes = 0;
    for (let distance = 1; run && distance < run.follows.length; distance++)
      for (const near of [frame + distance, frame - distance]) {
        const ones = run.ones[near]?.[weight];
        if (ones === undefined) continue;
        // Written out in gaps, a position takes about five bits.
        bytes += ones * 0.7;
        if (bytes > this.limits.parts / 2) return parts;
        const part = { side, frame: near, weight };
        // Asked for its place, so that it is not the first to go.
        if (!this.parts.get(keyOf(part))) parts.push(part);
      }
    return parts;
  }

  /** Undefined while parts are missing. */
  picture(view: MaskView): MaskPicture | undefined {
    const layout = this.layout(view);
    const bits = this.bits(view);
    if (!bits || !layout) return undefined;
    const changed = this.changes(view, bits);
    if (!changed) return undefined;
    return { ...view, active: layOut(bits, layout), changed: layOut(changed, layout) };
  }

  /** Undefined while parts are missing. */
  degrees(view: MaskView): MaskDegrees | undefined {
    const layout = this.layout(view);
    const bits = this.bits(view);
    return bits && layout && { ...view, ...degrees(bits, layout) };
  }

  /** Magnitudes where a mask is one: a byte a cell; undefined while parts are missing. */
  magnitudes(view: MaskView, values: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const layout = this.layout(view);
    const bits = this.bits(view);
    return bits && layout && layOutMagnitudes(values, bits, layout);
  }

  private layout({ side, weight }: MaskView) {
    const described = this.runs.get(side)?.weights[weight];
    return described && layoutOf(described);
  }

  private needed(view: MaskView): MaskView[] {
    const { side, frame, weight } = view;
    const run = this.runs.get(side);
    if (!run || frame >= run.follows.length || weight >= run.weights.length) return [];
    const parts = this.masks.has(keyOf(view)) ? [] : this.path(view).parts;
    if (run.follows[frame]) return parts.some((part) => part.frame === frame) ? parts : [...parts, view];
    const before = { side, frame: frame - 1, weight };
    if (frame === 0 || this.masks.has(keyOf(before))) return parts;
    return [...parts, ...this.path(before).parts];
  }

  /** Must not be changed by who gets it. */
  private bits(view: MaskView): MaskBits | undefined {
    const kept = this.masks.get(keyOf(view));
    if (kept) return kept;
    const size = this.size(view);
    const { parts, from } = this.path(view);
    if (parts.some((part) => !this.parts.has(keyOf(part)))) return undefined;
    const bits: MaskBits = (from && this.masks.get(keyOf(from))?.slice()) ?? new Uint32Array(wordsOf(size));
    for (const part of parts) this.toggle(bits, part, size);
    this.masks.set(keyOf(view), bits, bits.length * wordBytes);
    return bits;
  }

  private changes(view: MaskView, bits: MaskBits): MaskBits | undefined {
    const none: MaskBits = new Uint32Array(bits.length);
    if (view.frame === 0) return none;
    if (this.runs.get(view.side)?.follows[view.frame])
      return this.toggle(none, view, this.size(view)) ? none : undefined;
    const before = this.bits({ ...view, frame: view.frame - 1 });
    return before && differing(bits, before);
  }

  private toggle(bits: MaskBits, view: MaskView, size: number): boolean {
    const part = this.parts.get(keyOf(view));
    for (const { form, ones, words } of part?.links ?? [])
      toggleCoded(bits, { form, words: words }, size, ones);
    return part !== undefined;
  }

  private size({ side, weight }: MaskView): number {
    return this.runs.get(side)?.weights[weight]?.shape.reduce((all, each) => all * each, 1) ?? 0;
  }

  /** The cheapest way to a mask: from a whole one, or from one that was made before or after it. */
  private path({ side, frame, weight }: MaskView): { parts: MaskView[]; from?: MaskView } {
    const run = this.runs.get(side);
    const viewOf = (at: number): MaskView => ({ side, frame: at, weight });
    const isMade = (at: number) => this.masks.has(keyOf(viewOf(at)));
    const cost = (at: number) =>
      (run?.ones[at]?.[weight] ?? 0) * (this.parts.has(keyOf(viewOf(at))) ? 1 : fetching);
    const behind: MaskView[] = [];
    let spent = 0;
    let at = frame;
    for (; !isMade(at); at--) {
      behind.unshift(viewOf(at));
      spent += cost(at);
      if (!run?.follows[at]) break;
    }
    const back = isMade(at) ? { parts: behind, from: viewOf(at) } : { parts: behind };
    const ahead: MaskView[] = [];
    for (let next = frame + 1, more = 0; run?.follows[next]; next++) {
      more += cost(next);
      if (more >= spent) break;
      ahead.push(viewOf(next));
      if (isMade(next)) return { parts: ahead, from: viewOf(next) };
    }
    return back;
  }
}

function keyOf({ side, frame, weight }: MaskView): string {
  return `${side} ${weight} ${frame}`;
}
