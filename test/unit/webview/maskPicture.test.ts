import assert from 'node:assert/strict';
import { degrees, layOut, layOutMagnitudes } from '../../../webview/masks/maskPicture';
import { layoutOf, positionAt, wordsPerRow } from '../../../src/protocol/maskLayout';
import { packMask } from '../../../src/runs/masks';
import { randomMask, randomOf } from '../runs/maskFixtures';

const shapes: [string, number[]][] = [
  ['dense', [40, 70]],
  ['dense', [33, 64]],
  ['dense', [70, 33]],
  ['dense', [1, 5]],
  ['conv', [3, 3, 4, 40]],
  ['conv', [3, 5, 1, 33]],
  ['conv', [1, 1, 20, 50]],
  ['depthwise', [3, 3, 6, 2]],
];

describe('a mask on the screen', () => {
  const random = randomOf(4);
  for (const [kind, shape] of shapes)
    it(`is that of the weight: ${kind} ${shape.join(' × ')}`, () => {
      const layout = layoutOf({ kind, shape });
      const mask = randomMask(
        shape.reduce((a, b) => a * b, 1),
        0.3,
        random,
      );
      const values = Uint8Array.from(mask, () => Math.floor(random() * 256));
      const bits = packMask(mask);
      const picture = layOut(bits, layout);
      const magnitudes = layOutMagnitudes(values, bits, layout);
      for (let row = 0; row < layout.rows; row++)
        for (let column = 0; column < wordsPerRow(layout) * 32; column++) {
          const bit = ((picture[row * wordsPerRow(layout) + (column >> 5)] ?? 0) >>> (column & 31)) & 1;
          const index = positionAt(layout, row, column)?.index;
          assert.equal(bit, index === undefined ? 0 : mask[index], `row ${row}, column ${column}`);
          if (column >= layout.columns) continue;
          const expected = bit === 0 || index === undefined ? 0 : Math.max(1, values[index] ?? 0);
          assert.equal(magnitudes[row * layout.columns + column], expected);
        }
    });

  it('has the degrees of its units', () => {
    // 2 inputs, 3 outputs.
    const { fanIn, fanOut } = degrees(
      packMask(Uint8Array.of(1, 0, 1, 1, 0, 0)),
      layoutOf({ kind: 'dense', shape: [2, 3] }),
    );
    assert.deepEqual([...fanIn], [2, 0, 1]);
    assert.deepEqual([...fanOut], [2, 1]);
    // Of a kernel of 2 x 1 positions, 1 input and 2 outputs.
    const kernel = degrees(
      packMask(Uint8Array.of(1, 0, 1, 1)),
      layoutOf({ kind: 'conv', shape: [2, 1, 1, 2] }),
    );
    assert.deepEqual([...kernel.fanIn], [2, 1]);
    assert.deepEqual([...kernel.fanOut], [3]);
  });
});
