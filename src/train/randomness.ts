import { Random } from '../data/random';
import type { Tf } from './tfInstance';

/** State of all randomness of a process, as it goes into checkpoints. */
export type RandomState = readonly number[];

/**
 * Makes everything random in this process follow from one seed. TensorFlow.js seeds initial weights, dropout and
 * `tf.util.shuffle` from `Math.random`, and unseeded `Dataset.shuffle` from the clock; both come from here now.
 */
export class SeededRandomness {
  private random: Random;

  constructor(private readonly seed: number) {
    this.random = Random.from(seed, 'process');
  }

  /** Replaces `Math.random` for the rest of the process, and the clock seed of `Dataset.shuffle`. */
  install(tf: Tf): void {
    Math.random = () => this.random.next();
    const prototype = tf.data.Dataset.prototype as { shuffle: ShuffleMethod };
    const shuffle = prototype.shuffle;
    prototype.shuffle = function (bufferSize, seed, reshuffleEachIteration) {
      return shuffle.call(this, bufferSize, seed ?? String(Math.random()), reshuffleEachIteration);
    };
  }

  /** Back to the beginning of a named stream, so that a model's initial weights do not depend on what ran before. */
  restart(stream: string): void {
    this.random = Random.from(this.seed, stream);
  }

  state(): RandomState {
    return this.random.state();
  }

  restore(state: RandomState): void {
    this.random = Random.restore([...state]);
  }
}

type ShuffleMethod = (this: unknown, bufferSize: number, seed?: string, reshuffle?: boolean) => unknown;
