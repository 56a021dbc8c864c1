import assert from 'node:assert/strict';
import { layoutOf, positionAt, type MaskLayout } from '../../../src/protocol/maskLayout';

const shapes: [string, number[]][] = [
  ['dense', [5, 7]],
  ['dense', [9, 4]],
  ['embedding', [50, 8]],
  ['conv', [3, 3, 4, 6]],
  ['conv', [3, 3, 1, 32]],
  ['conv', [5, 3, 2, 41]],
  ['conv', [1, 1, 8, 5]],
  ['conv', [4, 3, 2]],
  ['conv', [2, 3, 4, 2, 3]],
  ['depthwise', [3, 3, 6, 2]],
  ['other', [7]],
  ['other', [2, 3, 4]],
];

function cells(layout: MaskLayout) {
  const found: { row: number; column: number; index: number }[] = [];
  for (let row = 0; row < layout.rows; row++)
    for (let column = 0; column < layout.columns; column++) {
      const position = positionAt(layout, row, column);
      if (position) found.push({ row, column, index: position.index });
    }
  return found;
}

describe('the layout of a mask', () => {
  for (const [kind, shape] of shapes)
    it(`has one cell for every position of a ${kind} weight of ${shape.join(' × ')}`, () => {
      const layout = layoutOf({ kind, shape });
      const size = shape.reduce((a, b) => a * b, 1);
      const indices = cells(layout).map(({ index }) => index);
      assert.deepEqual(
        indices.sort((a, b) => a - b),
        Array.from({ length: size }, (_, i) => i),
      );
      assert.equal(positionAt(layout, -1, 0), undefined);
      assert.equal(positionAt(layout, layout.rows, 0), undefined);
      assert.equal(positionAt(layout, 0, layout.columns), undefined);
    });

  it('puts the longer side of a matrix across', () => {
    const wide = layoutOf({ kind: 'dense', shape: [784, 300] });
    assert.deepEqual([wide.rows, wide.columns], [300, 784]);
    assert.deepEqual(positionAt(wide, 2, 5), { index: 5 * 300 + 2, input: 5, output: 2, y: 0, x: 0 });
    const same = layoutOf({ kind: 'dense', shape: [300, 784] });
    assert.deepEqual([same.rows, same.columns], [300, 784]);
  });

  it('has kernels as tiles, input channels down and output channels across', () => {
    const layout = layoutOf({ kind: 'conv', shape: [3, 3, 4, 6] });
    assert.deepEqual([layout.rows, layout.columns], [4 * 4 - 1, 6 * 4 - 1]);
    assert.equal(positionAt(layout, 3, 0), undefined);
    assert.equal(positionAt(layout, 0, 3), undefined);
    // Row 1, column 2 of the kernel from input 2 to output 5.
    assert.deepEqual(positionAt(layout, 2 * 4 + 1, 5 * 4 + 2), {
      index: ((1 * 3 + 2) * 4 + 2) * 6 + 5,
      input: 2,
      output: 5,
      y: 1,
      x: 2,
    });
  });

  it('breaks a long row of kernels into bands', () => {
    const { rows, columns } = layoutOf({ kind: 'conv', shape: [3, 3, 1, 64] });
    assert.ok(columns < 5 * rows, `${columns} x ${rows}`);
  });
});
