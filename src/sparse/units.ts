import type { Mask } from './mask';
import { plainLayout, type Layout } from './parts';

/** Units of a layer that its mask has cut off. */
export interface DeadUnits {
  /** Outputs into which no active weight leads; of a recurrent kernel, those of each gate. */
  readonly outputs: number;
  /** Inputs from which no active weight leads on. */
  readonly inputs: number;
}

export function deadUnits(mask: Mask, shape: readonly number[], { axes }: Layout = plainLayout): DeadUnits {
  const [rows, columns] = [shape.at(-2) as number, shape.at(-1) as number];
  const hasRow = new Uint8Array(rows);
  const hasColumn = new Uint8Array(columns);
  const has = new Uint8Array(rows * columns);
  for (let place = 0; place < mask.length;)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        if (mask[place++] === 1) {
          hasRow[row] = 1;
          hasColumn[column] = 1;
          has[row * columns + column] = 1;
        }
  if (axes === 'depthwise') return { outputs: zeros(has), inputs: zeros(hasRow) };
  const [inputs, outputs] = axes === 'inputOutput' ? [hasRow, hasColumn] : [hasColumn, hasRow];
  return { outputs: zeros(outputs), inputs: zeros(inputs) };
}

function zeros(flags: Uint8Array): number {
  return flags.reduce((dead, flag) => dead + 1 - flag, 0);
}
