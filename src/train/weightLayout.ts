import { plainLayout, type Layout, type WeightKind } from '../sparse';

interface Cell {
  readonly cells?: readonly Cell[];
  readonly trainableWeights: readonly object[];
  getClassName(): string;
}

/** Gates of TensorFlow.js's cells, in the order in which their columns lie in kernels. */
const gates: Readonly<Record<string, readonly string[]>> = {
  LSTMCell: ['i', 'f', 'c', 'o'],
  ConvLSTM2DCell: ['i', 'f', 'c', 'o'],
  GRUCell: ['z', 'r', 'h'],
};

/** How a weight of a layer lies in its tensor. */
export function layoutOf(
  layer: { readonly cell?: object; getClassName(): string },
  weight: object,
  kind: WeightKind,
): Layout {
  if (kind === 'depthwise') return { ...plainLayout, axes: 'depthwise' };
  if (kind === 'conv' && layer.getClassName().endsWith('Transpose'))
    return { ...plainLayout, axes: 'outputInput' };
  if (kind !== 'recurrent' || !layer.cell) return plainLayout;
  const cell = cellsOf(layer.cell as Cell).find(({ trainableWeights }) => trainableWeights.includes(weight));
  return { ...plainLayout, gates: gates[cell?.getClassName() ?? ''] ?? [] };
}

/** A stack of cells holds others. */
function cellsOf(cell: Cell): Cell[] {
  return cell.cells ? cell.cells.flatMap(cellsOf) : [cell];
}
