import assert from 'node:assert/strict';
import { degrees, layOut, layOutMagnitudes } from '../../../src/panels/maskPicture';
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
      const values = Float32Array.from(mask, (bit) => bit * (random() - 0.5));
      const bits = packMask(mask);
      const picture = layOut(bits, layout);
      const magnitudes = layOutMagnitudes(values, bits, layout);
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      assert.equal(magnitudes.largest, largest);
      for (let row = 0; row < layout.rows; row++)
        for (let column = 0; column < wordsPerRow(layout) * 32; column++) {
          const bit = ((picture[row * wordsPerRow(layout) + (column >> 5)] ?? 0) >>> (column & 31)) & 1;
          const index = positionAt(layout, row, column)?.index;
          assert.equal(bit, index === undefined ? 0 : mask[index], `row ${row}, column ${column}`);
          if (column >= layout.columns) continue;
          const value = magnitudes.values[row * layout.columns + column] ?? -1;
          const expected = index === undefined ? 0 : (255 * Math.abs(values[index] ?? 0)) / largest;
          assert.ok(Math.abs(value - expected) <= 1, `${value} for ${expected}`);
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
