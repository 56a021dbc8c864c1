import type * as tfjs from '@tensorflow/tfjs';
import { fusing } from '../fusion';
import { gradientsWanted } from '../native/topology';
import type { Tf } from '../register';
import { Arena, type Stretch } from './arena';
import { Plan, type Step } from './plan';
import { Tap } from './tap';

/** What is known of steps with one set of shapes. */
interface Shaped {
  plan?: Plan | undefined;
  /** Why there will be none. */
  refusal?: string | undefined;
  recordings: number;
  replays: number;
  /** Steps done so far, in whichever way. */
  steps: number;
}

/** More would hold memory for shapes that hardly come again. */
const mostShapes = 4;
/** A plan that so few steps are done by is hardly worth the recording of another. */
const fewReplays = 10;

/**
 * Does training steps on the wasm backend: the first with a set of shapes as it comes, since optimizers make their slots
 * in it, the second while it is recorded, all others by the plan that this makes (plan.ts). Where a step cannot be
 * planned, or somebody looks at its kernels, it is done as it comes.
 */
export class StepPlanner {
  private readonly shaped = new Map<string, Shaped>();
  /** Memory that the plans of all shapes share: nothing in it lasts from step to step. */
  private readonly stretches: Stretch[] = [];
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
    if (!known) {
      if (this.shaped.size < mostShapes) this.shaped.set(signature, { recordings: 0, replays: 0, steps: 1 });
      return step(data);
    }
    known.steps++;
    if (known.plan?.applies) {
      known.replays++;
      return known.plan.replay(data);
    }
    if (known.refusal !== undefined || !isWorthwhile(known)) return step(data);
    return this.record(tap, known, data, step);
  }

  dispose(): void {
    for (const { plan } of this.shaped.values()) plan?.dispose();
    this.shaped.clear();
    const tap = this.tap();
    if (tap) this.giveBack(tap);
  }

  private record(tap: Tap, known: Shaped, data: Parameters<Step>[0], step: Step): tfjs.Tensor[] {
    known.plan?.dispose();
    known.plan = undefined;
    const arena = new Arena(this.stretches, (bytes) => tap.allocate(bytes) >>> 0);
    const { results, plan, refusal } = Plan.record(this.tf, tap, arena, data, step);
    known.recordings++;
    known.plan = plan;
    known.refusal = refusal;
    if (![...this.shaped.values()].some((each) => each.plan)) this.giveBack(tap);
    return results;
  }

  private giveBack(tap: Tap): void {
    for (const { start } of this.stretches.splice(0)) tap.free(start);
  }

  private tap(): Tap | undefined {
    return this.tf.getBackend() === 'wasm' ? Tap.of(this.tf.backend()) : undefined;
  }
}

/**
 * Whether to record once more where weights have moved, or more or fewer of them are active. Where that happens every few
 * steps, recordings become rarer and rarer, but not none: it may be over, as it is when pruning has ended.
 */
function isWorthwhile({ recordings, replays, steps }: Shaped): boolean {
  return replays >= fewReplays * recordings || steps >= fewReplays * recordings ** 2;
}

/** Whether what the engine does is being looked at: a plan would leave nothing to see. */
function isWatched(tf: Tf): boolean {
  const { state } = tf.engine() as unknown as { state: { profiling: boolean } };
  return state.profiling || tf.env().getBool('DEBUG');
}

/** A step with other gradients in full is another step. */
function signatureOf(data: Parameters<Step>[0]): string {
  const shapes = data.map((each) => (each ? `${each.dtype} ${each.shape.join()}` : '')).join(';');
  return `${shapes};${gradientsWanted()}`;
}
