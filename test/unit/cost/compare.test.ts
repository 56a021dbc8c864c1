import assert from 'node:assert/strict';
import { pairLayers } from '../../../src/cost/compare';
import type { LayerCost } from '../../../src/cost/modelCost';
import { noPhaseWork } from '../../../src/cost/work';

function layer(name: string, className: string, params: number, outputShape = [1, params]): LayerCost {
  return {
    name,
    className,
    params,
    trainableParams: params,
    work: noPhaseWork(),
    amounts: {},
    outputShape,
    activationBytes: 0,
  };
}

/** `now<before`, with nothing where there is none. */
function pairs(now: readonly LayerCost[], before: readonly LayerCost[]): string[] {
  return pairLayers(now, before).map((pair) => `${pair.now?.name ?? ''}<${pair.before?.name ?? ''}`);
}

describe('layers of two models side by side', () => {
  const conv1 = layer('conv2d_Conv2D1', 'Conv2D', 80);
  const conv2 = layer('conv2d_Conv2D2', 'Conv2D', 1168);
  const pool = layer('max_pooling2d_MaxPooling2D1', 'MaxPooling2D', 0);
  const dense = layer('dense_Dense1', 'Dense', 19450);

  it('pairs each layer of an unchanged model with itself', () => {
    assert.deepEqual(pairs([conv1, pool, conv2], [conv1, pool, conv2]), [
      'conv2d_Conv2D1<conv2d_Conv2D1',
      'max_pooling2d_MaxPooling2D1<max_pooling2d_MaxPooling2D1',
      'conv2d_Conv2D2<conv2d_Conv2D2',
    ]);
  });

  it('is not misled by names that count through when a layer comes first', () => {
    // Another convolution in front: the one of 80 weights is called the second now.
    const first = layer('conv2d_Conv2D1', 'Conv2D', 40);
    const moved = { ...conv1, name: 'conv2d_Conv2D2' };
    assert.deepEqual(pairs([first, moved, dense], [conv1, dense]), [
      'conv2d_Conv2D1<',
      'conv2d_Conv2D2<conv2d_Conv2D1',
      'dense_Dense1<dense_Dense1',
    ]);
  });

  it('pairs a layer with a wider one of its class, and never with one of another class', () => {
    const wider = layer('dense_Dense1', 'Dense', 38900);
    assert.deepEqual(pairs([conv1, wider], [pool, dense]), [
      '<max_pooling2d_MaxPooling2D1',
      'conv2d_Conv2D1<',
      'dense_Dense1<dense_Dense1',
    ]);
  });

  it('names what was removed and what was added', () => {
    assert.deepEqual(pairs([], [dense]), ['<dense_Dense1']);
    assert.deepEqual(pairs([dense], []), ['dense_Dense1<']);
    assert.deepEqual(pairs([], []), []);
  });
});
