import assert from 'node:assert/strict';
import { hoverText } from '../../../src/editor/cost/hoverText';
import { lensText, type LensStyle } from '../../../src/editor/cost/lensText';
import { isModelFile, isSavedModel } from '../../../src/editor/cost/modelFile';
import type { ShownLine } from '../../../src/editor/cost/traceBook';
import { line, model, work } from './costFixtures';

const file = '/work/net.ts';
const style: LensStyle = {
  convention: 'mac2',
  layerFields: ['params', 'forward', 'activations', 'share'],
  modelFields: ['params', 'forward', 'step', 'peak', 'training'],
  callLines: true,
};
const layer = line(file, 4, 1_200_000, { activationBytes: 3_100_000 });
const whole = model('net', file, 3, [layer, line(file, 5, 5_467_000)]);
const shown: ShownLine = { line: 4, cost: layer, model: whole, entry: file, stale: undefined };

describe('the text of a lens', () => {
  it('is short: weights, forward FLOPs, activations, share of a step', () => {
    assert.equal(lensText(shown, style), '1.2 M params | 2.4 MFLOPs | 3.1 MB | 18 %');
  });
  it('names the model and what a step of it takes', () => {
    assert.equal(
      lensText({ ...shown, cost: undefined }, style),
      'net: 6.67 M params | 13.3 MFLOPs | step 40 MFLOPs | peak 1.0 kB',
    );
  });
  it('has the fields that were asked for, in their order, in the unit that was asked for', () => {
    const asked = {
      ...style,
      convention: 'mac' as const,
      layerFields: ['shape', 'backward', 'forward', 'nonsense'],
    };
    assert.equal(lensText(shown, asked), '1×10 | backward 2.4 MMACs | 1.2 MMACs');
  });
  it('leaves out what is nothing', () => {
    const flat = line(file, 4, 0);
    assert.equal(lensText({ ...shown, cost: flat }, style), '40 B | 0 %');
  });
  it('says when kernels are in none of the figures', () => {
    const uncovered = work(100);
    uncovered.forward.uncovered.TopK = 2;
    const cost = line(file, 4, 100, { work: uncovered });
    assert.match(lensText({ ...shown, cost }, style), / \| \+ 2 uncovered kernels$/);
  });
  it('says how dense the layers of a line are in a run that trains them', () => {
    const text = lensText(shown, style, { active: 9052, size: 235_200 });
    assert.equal(text, '1.2 M params, 3.8 % active | 2.4 MFLOPs | 3.1 MB | 18 %');
  });

  it('says how many layers a line makes, and when its figures are stale', () => {
    const cost = line(file, 4, 100, { layers: ['a', 'b', 'c'] });
    assert.match(lensText({ ...shown, cost, stale: 'why' }, style), /^3 layers: .* · stale$/);
  });
  it('adds up the training that an experiment asks for, its shorter last steps included', () => {
    const plan = { epochs: 2, stepsPerEpoch: 10, lastStep: { batch: 1, work: work(1_000_000) } };
    const text = lensText({ ...shown, cost: undefined, model: { ...whole, plan } }, style);
    // Two epochs of nine steps of 6 * 6,667,000 and one of 6 * 1,000,000.
    assert.match(text, / \| training 732 MFLOPs$/);
  });
});

describe('the text of a lens above what is sparse', () => {
  // A tenth of the weights is kept, and with it a tenth of the multiply-accumulates.
  const tenth = { size: 1_200_000, active: 120_000, zeroMacs: 1_080_000 };
  const sparseLayer = { ...layer, sparsity: tenth };
  const training = { flops: 102, denseFlops: 1000, meanDensity: 0.1 };
  const sparsity = { ...tenth, method: 'rigl', training, allCounted: true };
  const sparseModel = { ...whole, sparsity };
  const above: ShownLine = { ...shown, cost: sparseLayer, model: sparseModel };

  it('has dense and sparse figures, each by its name', () => {
    assert.equal(
      lensText(above, style),
      '1.2 M params, 10.0 % kept | 2.4 MFLOPs dense, 240 kFLOPs sparse | 3.1 MB | 18 %',
    );
    const asked = { ...style, convention: 'mac' as const, layerFields: ['forward', 'backward', 'step'] };
    assert.equal(
      lensText(above, asked),
      '1.2 MMACs dense, 120 kMACs sparse | backward 2.4 MMACs dense | step 3.6 MMACs dense | 10.0 % kept',
    );
  });
  it('says of an experiment how much of a dense training it is', () => {
    const plan = { epochs: 2, stepsPerEpoch: 10 };
    assert.equal(
      lensText({ ...above, cost: undefined, model: { ...sparseModel, plan } }, style),
      'net: 6.67 M params, 10.0 % kept | rigl: 10.2 % of dense training | 13.3 MFLOPs dense, 11.2 MFLOPs sparse' +
        ' | step 40 MFLOPs dense | peak 1.0 kB | training 800 MFLOPs dense',
    );
  });
  it('stands beside the density of a run', () => {
    const now = (active: number, cost = sparseLayer) =>
      lensText({ ...above, cost }, style, { active, size: 1_200_000 });
    assert.match(now(240_000), /^1\.2 M params, 20\.0 % active, 10\.0 % kept \| /);
    assert.match(now(120_000), /^1\.2 M params, 10\.0 % active \| /);
    const unknown = { ...sparseLayer, sparsity: { ...tenth, active: undefined } };
    assert.match(
      now(240_000, unknown as unknown as typeof sparseLayer),
      /^1\.2 M params, 20\.0 % active \| /,
    );
  });
  it('gives no figure that nobody knows', () => {
    const cost = { ...layer, sparsity: { size: 1_200_000 } };
    const text = lensText({ ...above, cost }, style);
    assert.equal(text, '1.2 M params, sparse | 2.4 MFLOPs dense | 3.1 MB | 18 %');
  });
  it('says nothing of layers that stay dense', () => {
    assert.equal(lensText({ ...above, cost: layer }, style), lensText(shown, style));
  });
  it('says when pointed at what is counted dense, what sparse, and what is executed', () => {
    const text = hoverText(above, 'mac2');
    assert.match(text, /\| FLOPs dense +\| 2\.4 MFLOPs \|/);
    assert.match(text, /120,000 of 1,200,000 kernel weights kept in the end, 10\.0 %/);
    assert.match(text, /- forward 240 kFLOPs sparse/);
    assert.match(text, /18 % of a dense training step of net/);
    assert.match(text, /accounting of the papers.*Executed: on `wasm`/);
    const model = hoverText({ ...above, cost: undefined }, 'mac2');
    assert.match(
      model,
      /whole training by rigl 102 FLOPs, 10\.2 % of 1 kFLOPs dense \(accounting of the papers\)/,
    );
    assert.match(model, /10\.0 % of kernel weights active, mean of all steps/);
    assert.doesNotMatch(hoverText(shown, 'mac2'), /sparse|dense/i);
  });
  it('says why shares of layers are not known', () => {
    const uncertain = { ...sparsity, uncertain: 'weights compete', allCounted: false };
    const text = hoverText({ ...above, cost: undefined, model: { ...whole, sparsity: uncertain } }, 'mac2');
    assert.match(text, /rigl: weights compete/);
    assert.match(text, /without layers whose shapes do not say/);
  });
});

describe('the text of a hover', () => {
  it('splits a line into forward, backward and optimizer, and says how it was counted', () => {
    const text = hoverText(shown, 'mac2');
    assert.match(text, /\*\*layer4\*\*/);
    assert.match(text, /\| FLOPs +\| 2\.4 MFLOPs \| 4\.8 MFLOPs \|/);
    assert.match(text, /1,200,000 parameters/);
    assert.match(text, /output 1×10, activations 3\.1 MB/);
    assert.match(text, /18 % of a training step of net/);
    assert.match(text, /Counted from shapes at batch size 1 \(two FLOPs a MAC\), as net\.ts has it\./);
  });
  it('does not let a message be read as Markdown', () => {
    assert.match(hoverText({ ...shown, stale: 'Expected "<b>" [x](y)' }, 'mac2'), /\\<b\\>" \\\[x\\\]/);
  });
});

describe('a file that may cost something', () => {
  it('imports TensorFlow.js or this package', () => {
    for (const text of [
      `import * as tf from '@tensorflow/tfjs';`,
      `import{layers}from"@tensorflow/tfjs-layers"`,
      `const tf = require('@tensorflow/tfjs-node-gpu');`,
      `const tf = await import('@tensorflow/tfjs');`,
      `import { defineExperiment } from 'compute-lens';`,
    ])
      assert.ok(isModelFile('typescript', text), text);
  });
  it('is no other file', () => {
    assert.ok(!isModelFile('typescript', `import react from 'react';`));
    assert.ok(!isModelFile('python', `import * as tf from '@tensorflow/tfjs';`));
  });
  it('or is a saved model, by what it holds', () => {
    assert.ok(isSavedModel('/a/model.json', '{"format":"layers-model","modelTopology":{}}'));
    assert.ok(!isSavedModel('/a/package.json', '{"name":"x"}'));
  });
});

describe('the time of a model', () => {
  const profile = {
    secondsPer: { 'product.macs': 1e-9 },
    stepSeconds: 0,
    fuses: true,
    residual: { p5: 0.8, p50: 1, p95: 1.5 },
    samples: 44,
  };
  const device = { backend: 'wasm', profile } as const;
  const run = { backend: 'wasm', stepSeconds: 0.0221 } as const;
  const above: ShownLine = { ...shown, cost: undefined };

  it('stands in its lens once it was run on a device that was calibrated', () => {
    assert.match(
      lensText(above, style, undefined, { device, run }),
      / \| predicted 20 ms, measured 22\.1 ms$/,
    );
    for (const timing of [{ device }, { run }, {}])
      assert.equal(lensText(above, style, undefined, timing), lensText(above, style));
    assert.equal(lensText(shown, style, undefined, { device, run }), lensText(shown, style));
  });

  it('is told in hovers with its interval and what bounds it, and of each layer', () => {
    const text = hoverText(above, 'mac2', { device, run });
    assert.match(
      text,
      /a step is predicted to take 20 ms \(16 ms to 30 ms, nine times of ten\), mostly bound by arithmetic on wasm/,
    );
    assert.match(text, /measured 22\.1 ms in the last run, on wasm/);
    assert.match(
      hoverText(shown, 'mac2', { device }),
      /predicted 3\.6 ms of a step, mostly bound by arithmetic on wasm/,
    );
  });

  it('is told for the whole training, with energy, CO2e and money, and what they stand on', () => {
    const spread = (p50: number) => ({ p5: 0.5 * p50, p50, p95: 2 * p50 });
    const report = {
      ...{ stepSeconds: spread(0.02), runSeconds: spread(20), joules: spread(100), gCO2e: spread(0.5) },
      cost: { ...spread(3), currency: 'EUR' },
    };
    const training = { report, sources: ['cpu: 4 W', 'CO2e: here'] };
    const text = hoverText(above, 'mac2', { device, training });
    assert.match(
      text,
      /whole training predicted, without evaluation, nine times of ten: time 20 s \(10–40 s\); energy 100 J \(50–200 J\); CO2e 0\.5 g \(0\.25–1 g\); cost 3 EUR \(1\.5–6 EUR\)/,
    );
    assert.match(text, /- cpu: 4 W; CO2e: here/);
    const fields = { ...style, modelFields: ['time', 'energy', 'co2e', 'money'] };
    assert.match(
      lensText(above, fields, undefined, { device, training }),
      /training predicted 20 s \(10–40 s\) \| energy predicted 100 J .* \| CO2e predicted 0\.5 g .* \| cost predicted 3 EUR/,
    );
    assert.doesNotMatch(lensText(above, fields, undefined, { device }), /predicted/);
  });

  it('is nothing without a calibration but where to get one', () => {
    assert.match(hoverText(above, 'mac2'), /predicted once "Compute Lens: Calibrate Device" was run/);
    assert.doesNotMatch(hoverText(shown, 'mac2'), /predicted/);
  });

  it('is that of a dense model where training is sparse, and says so', () => {
    const sparsity = { size: 10, active: 1, zeroMacs: 5, method: 'rigl', allCounted: true };
    const sparse: ShownLine = { ...above, model: { ...whole, sparsity } };
    assert.match(
      lensText(sparse, style, undefined, { device, run }),
      /predicted 20 ms dense, measured 22\.1 ms/,
    );
  });
});
