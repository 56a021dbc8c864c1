import type { Mask } from './mask';

/** Units of a layer that its mask has cut off. */
export interface DeadUnits {
  /** Outputs into which no active weight leads. */
  readonly outputs: number;
  /** Inputs from which no active weight leads on. */
  readonly inputs: number;
}

/** @param shape `[..., input, output]` */
export function deadUnits(mask: Mask, shape: readonly number[]): DeadUnits {
  const outputs = shape.at(-1) as number;
  const inputs = shape.at(-2) as number;
  const reached = new Uint8Array(outputs);
  const used = new Uint8Array(inputs);
  let place = 0;
  for (let row = 0; place < mask.length; row = (row + 1) % inputs)
    for (let column = 0; column < outputs; column++)
      if (mask[place++] === 1) {
        reached[column] = 1;
        used[row] = 1;
      }
  return { outputs: count(reached), inputs: count(used) };
}

function count(flags: Uint8Array): number {
  return flags.reduce((dead, flag) => dead + 1 - flag, 0);
}
