import type { Tf } from '../../../src/train/tfInstance';
import { arithmeticFamilies } from './arithmeticCases';
import { families } from './cases';
import { checkFamily } from './checks';
import { backends, loadWithOwnKernels } from './ownKernels';

describe('own kernels', () => {
  let tf: Tf;
  before(() => {
    tf = loadWithOwnKernels();
  });
  after(() => tf.setBackend('cpu'));

  for (const backend of backends)
    describe(`on ${backend}: results and gradients are those of the reference for`, () => {
      before(() => tf.setBackend(backend));
      for (const family of [...families, ...arithmeticFamilies])
        it(family.name, () => checkFamily(tf, family));
    });
});
