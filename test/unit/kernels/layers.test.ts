import assert from 'node:assert/strict';
import type { Tf } from '../../../src/train/tfInstance';
import { layerCases } from './layerCases';
import { assertSame, train } from './layerTraining';
import { backends, loadWithOwnKernels } from './ownKernels';

describe('training with own kernels', () => {
  let tf: Tf;
  before(() => {
    tf = loadWithOwnKernels();
  });
  after(() => tf.setBackend('cpu'));

  for (const each of layerCases) {
    const { impossible } = each;
    if (impossible)
      it(`of ${each.name} fails as in TensorFlow.js: ${impossible.reason}`, async () => {
        for (const backend of backends) await assert.rejects(train(tf, backend, each), impossible.message);
      });
    else
      it(`of ${each.name} is the same on wasm as on cpu`, async () => {
        const cpu = await train(tf, 'cpu', each);
        const wasm = await train(tf, 'wasm', each);
        assertSame('wasm', wasm, cpu);
      });
  }
});
