import type * as tfjs from '@tensorflow/tfjs';
import { fusing } from '../fusion';
import type { Tf } from '../register';
import { Arena } from './arena';
import { Plan, type Step } from './plan';
import { Tap, type Listener } from './tap';

/** What is known of steps with one set of shapes. */
interface Shaped {
  /** Most memory that a step had at once, in bytes; it was done without a plan then. */
  readonly peakBytes: number;
  plan?: Plan;
  /** Why there will be none. */
  refusal?: string;
  recordings: number;
  replays: number;
}

/** More would hold memory for shapes that hardly come again. */
const mostShapes = 4;
/** A plan that so few steps are done by is not worth the recording of another. */
const fewReplays = 10;
/** What blocks of many sizes leave unused between them. */
const slack = 1.125;

/**
 * Does training steps on the wasm backend: the first with a set of shapes as it comes, the second while it is recorded,
 * all others by the plan that this makes (plan.ts). Where a step cannot be planned, or somebody looks at its kernels, it
 * is done as it comes.
 */
export class StepPlanner {
  private readonly shaped = new Map<string, Shaped>();
  private readonly blocks: { readonly address: number; readonly bytes: number }[] = [];

  private readonly tf: Tf;

  /** @param tf TensorFlow.js, whichever of its parts a type says it has */
  constructor(tf: object) {
    this.tf = tf as Tf;
  }

  /** Why steps with these shapes are not planned, where one has refused it. */
  refusal(data: Parameters<Step>[0]): string | undefined {
    return this.shaped.get(signatureOf(data))?.refusal;
  }

  /** Steps done by a plan so far. */
  get replays(): number {
    return [...this.shaped.values()].reduce((sum, { replays }) => sum + replays, 0);
  }

  run(data: Parameters<Step>[0], step: Step): tfjs.Tensor[] {
    const tap = this.tap();
    if (!tap || !fusing() || isWatched(this.tf)) return step(data);
    const signature = signatureOf(data);
    const known = this.shaped.get(signature);
    if (!known) return this.first(tap, signature, data, step);
    if (known.plan?.applies) {
      known.replays++;
      return known.plan.replay(data);
    }
    if (known.refusal !== undefined) return step(data);
    return this.record(tap, known, data, step);
  }

  dispose(): void {
    for (const { plan } of this.shaped.values()) plan?.dispose();
    this.shaped.clear();
    const tap = this.tap();
    if (tap) this.giveBack(tap);
  }

  private giveBack(tap: Tap): void {
    for (const { address } of this.blocks.splice(0)) tap.free(address);
  }

  private tap(): Tap | undefined {
    return this.tf.getBackend() === 'wasm' ? Tap.of(this.tf.backend()) : undefined;
  }

  /** Does a step as it comes, to learn how much memory it takes. */
  private first(tap: Tap, signature: string, data: Parameters<Step>[0], step: Step): tfjs.Tensor[] {
    const meter = new Meter();
    tap.listener = meter;
    let results: tfjs.Tensor[];
    try {
      results = step(data);
    } finally {
      tap.listener = undefined;
    }
    if (this.shaped.size < mostShapes) {
      const inputs = data.reduce((bytes, each) => bytes + 4 * (each?.size ?? 0), 0);
      this.shaped.set(signature, { peakBytes: meter.peakBytes + inputs, recordings: 0, replays: 0 });
    }
    return results;
  }

  private record(tap: Tap, known: Shaped, data: Parameters<Step>[0], step: Step): tfjs.Tensor[] {
    known.plan?.dispose();
    delete known.plan;
    if (known.recordings > 0 && known.replays < fewReplays * known.recordings) {
      known.refusal = 'weights that move in memory';
      return step(data);
    }
    const { results, plan, refusal } = Plan.record(this.tf, tap, this.arenaOf(tap, known), data, step);
    known.recordings++;
    Object.assign(known, { plan, refusal });
    if (![...this.shaped.values()].some((each) => each.plan)) this.giveBack(tap);
    return results;
  }

  /** Plans of all shapes share one: nothing in it lasts from step to step. */
  private arenaOf(tap: Tap, { peakBytes }: Shaped): Arena {
    const needed = Math.ceil(peakBytes * slack);
    let block = this.blocks.find(({ bytes }) => bytes >= needed);
    if (!block) {
      block = { address: tap.allocate(needed) >>> 0, bytes: needed };
      this.blocks.push(block);
    }
    return new Arena(block.address, block.bytes);
  }
}

/** Whether what the engine does is being looked at: a plan would leave nothing to see. */
function isWatched(tf: Tf): boolean {
  const { state } = tf.engine() as unknown as { state: { profiling: boolean } };
  return state.profiling || tf.env().getBool('DEBUG');
}

function signatureOf(data: Parameters<Step>[0]): string {
  return data.map((each) => (each ? `${each.dtype} ${each.shape.join()}` : '')).join(';');
}

/** Measures how much memory is in use at once. */
class Meter implements Listener {
  peakBytes = 0;
  private bytes = 0;
  private readonly sizes = new Map<number, number>();

  allocate(bytes: number, address: () => number): number {
    const at = address();
    // Of blocks of 16 bytes, as the arena has them.
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    this.sizes.set(at, size);
    this.bytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    return at;
  }

  release(address: number): boolean {
    this.bytes -= this.sizes.get(address) ?? 0;
    this.sizes.delete(address);
    return false;
  }

  making(): void {
    // Only sizes matter.
  }
  made(): void {
    // Only sizes matter.
  }
  stockCall(): void {
    // Only sizes matter.
  }
  drawn(): undefined {
    // Only sizes matter.
  }
  unrepeatable(): void {
    // Only sizes matter.
  }
}
