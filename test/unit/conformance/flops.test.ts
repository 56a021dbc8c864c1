import assert from 'node:assert/strict';
import type { Tf } from '../../../src/train/tfInstance';
import { registerShapeBackend, shapeBackendName } from '../../../src/trace/shapeBackend';
import { KernelCounter } from '../../../src/train/kernelCounter';
import { loadTensorflow } from '../trace/tensorflow';
import { cases, type Case } from './cases';
import { dispose, inner, seeded } from './training';

/** Where there are no values, this layer finds that they are wrong. */
const looksAtValues = /^layer categoryEncoding/;

describe('FLOPs of a training step', function () {
  this.timeout(120_000);
  let tf: Tf;
  before(async () => {
    tf = loadTensorflow();
    registerShapeBackend(tf);
    await tf.ready();
  });
  after(() => tf.setBackend('cpu'));

  it('are the same where it is computed as where only its shapes are, for every case', async () => {
    const different: string[] = [];
    for (const each of cases.filter(({ name, refused }) => !refused && !looksAtValues.test(name))) {
      const computed = await flopsOn(tf, 'cpu', each);
      const traced = await flopsOn(tf, shapeBackendName, each);
      if (computed !== traced) different.push(`${each.name}: ${computed} computed, ${traced} by shapes`);
      assert.ok(computed > 0, each.name);
    }
    assert.deepEqual(different, []);
  });
});

async function flopsOn(tf: Tf, backend: string, each: Case): Promise<number> {
  await tf.setBackend(backend);
  return seeded(each.name, async () => {
    const made = each.make(tf);
    made.model.compile(made.compile);
    const model = inner(made.model);
    const [inputs, targets] = await model.standardizeUserData(made.x, made.y);
    const step = model.makeTrainFunction();
    const { value, kernels } = new KernelCounter(tf).count(() => step([...inputs, ...targets]));
    tf.dispose([value, inputs, targets]);
    dispose(tf, made);
    return kernels.flops();
  });
}
