import assert from 'node:assert/strict';
import { checkFamily } from './checks';
import type { Family, Tensor } from './cases';
import { floats } from './cases';
import { loadWithOwnKernels } from './ownKernels';
import * as reference from './reference';

type Made = { makeOutput: (...how: unknown[]) => unknown };

/** Products whose matrices lie in equal steps, with sizes of operands: no operand is copied, no result turned. */
const inPlace: Readonly<Record<string, readonly [number[], number[]]>> = {
  'ij,jk->ik': [
    [7, 9],
    [9, 5],
  ],
  'ij,kj->ik': [
    [7, 9],
    [5, 9],
  ],
  'ji,jk->ki': [
    [9, 7],
    [9, 5],
  ],
  'bij,bjk->bik': [
    [3, 7, 9],
    [3, 9, 5],
  ],
  'abc,cd->abd': [
    [3, 7, 9],
    [9, 5],
  ],
  'abc,abd->cd': [
    [3, 7, 9],
    [3, 7, 5],
  ],
  'bihd,bjhd->bhij': [
    [2, 9, 3, 8],
    [2, 7, 3, 8],
  ],
  'bhij,bjhd->bhid': [
    [2, 3, 9, 7],
    [2, 7, 3, 8],
  ],
  'ibj,jbk->bik': [
    [7, 3, 9],
    [9, 3, 8],
  ],
  'btd,dhk->bthk': [
    [2, 5, 6],
    [6, 3, 4],
  ],
  'bthk,hkd->btd': [
    [2, 5, 3, 4],
    [3, 4, 6],
  ],
};

describe('einsum on wasm', () => {
  const tf = loadWithOwnKernels();
  before(async () => {
    await tf.setBackend('wasm');
  });
  after(() => tf.setBackend('cpu'));

  /** Tensors whose values were made anew while `work` ran. */
  function made(work: () => Tensor): number {
    const backend = tf.backend() as unknown as Made;
    const { makeOutput } = backend;
    let count = 0;
    backend.makeOutput = (...how) => {
      count++;
      return makeOutput.apply(backend, how);
    };
    try {
      work().dispose();
    } finally {
      backend.makeOutput = makeOutput;
    }
    return count;
  }

  for (const [equation, [aShape, bShape]] of Object.entries(inPlace)) {
    it(`multiplies matrices where they are: ${equation}`, async () => {
      const family: Family = {
        name: equation,
        count: 1,
        make: (random) => ({
          label: equation,
          inputs: [floats(random, 'a', aShape), floats(random, 'b', bShape)],
          run: (_, a, b) => tf.einsum(equation, a, b),
          expected: (a, b) => reference.einsum(equation, a, b),
        }),
      };
      await checkFamily(tf, family);
      const [a, b] = [tf.ones(aShape), tf.ones(bShape)];
      assert.equal(
        made(() => tf.einsum(equation, a, b)),
        1,
        'the result and nothing else',
      );
      tf.dispose([a, b]);
    });
  }

  it('turns what it has to once: the result alone where heads come behind rows', () => {
    const [a, b] = [tf.ones([2, 3, 9, 7]), tf.ones([2, 7, 3, 8])];
    assert.equal(
      made(() => tf.einsum('bhij,bjhd->bihd', a, b)),
      2,
    );
    tf.dispose([a, b]);
  });

  it('refuses what tf.einsum does not take', () => {
    const [a, b] = [tf.ones([3, 3]), tf.ones([3, 4])];
    assert.throws(() => tf.einsum('ii->i', a), /duplicate axes/);
    assert.throws(() => tf.einsum('ij->ii', a), /has an axis twice/);
    assert.throws(() => tf.einsum('ij,ij->ij', a, b), /Expected dimension 3/);
    assert.throws(() => tf.einsum('ij,jk', a, b), /without an arrow/);
    tf.dispose([a, b]);
  });
});
